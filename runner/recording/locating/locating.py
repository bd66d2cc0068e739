"""Where the mistake is: the places of their source that may hold it, the likeliest first, each with its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runner.recording.differentiating.adjoints import Adjoints, adjoints
from runner.recording.edits.statement import Source, Statement
from runner.recording.locating.agreement import TOLERANCE, Agreement, agreement
from runner.recording.locating.colours import Colours
from runner.recording.locating.definitions import definitions
from runner.recording.locating.disagreeing import disagreeing
from runner.recording.locating.pieces import wrong_pieces
from runner.recording.locating.search import Search
from runner.recording.locating.sentences import general, sentence
from runner.recording.locating.suspects import Reason, Suspect
from runner.recording.locating.unmoved import left_out
from runner.recording.locating.uses import Uses
from runner.recording.scenario import Array, Recorded
from runner.recording.taping.node import Node, Place

MOST = 8
_SHARE = 0.95  # of a vote, for the number that a statement with a wrong factor reads


@dataclass(frozen=True)
class Location:
    """One place that may hold the mistake: a statement of their source, and why it is suspected."""

    place: Place
    score: float
    reason: Reason
    sentence: str
    suspect: Suspect

    @property
    def line(self) -> int:
        """The line that it begins on."""
        return self.place.line


@dataclass(frozen=True)
class Located:
    """What was found of one recorded step.

    `agreements` say of each parameter's gradient (in the order of the scenario's names) whether it is right, `places`
    where the mistake may be, `notes` what is said of single gradients: a factor, a shape, one that is missing.
    """

    recorded: Recorded
    true: Adjoints
    colours: Colours
    uses: Uses
    parameters: tuple[Node | None, ...]
    agreements: tuple[Agreement, ...]
    places: tuple[Location, ...]
    notes: tuple[str, ...]

    @property
    def wrong(self) -> tuple[int, ...]:
        """The parameters, by position, whose gradient is not right."""
        return tuple(place for place, each in enumerate(self.agreements) if not each.right)


def located(
    recorded: Recorded, names: tuple[str, ...], tolerance: float = TOLERANCE, files: Mapping[Path, str] | None = None
) -> Located:
    """The places that make gradients of a recorded step wrong; `files` are the texts of its program.

    Whether the adjoints are the slopes of the loss is the business of who asks.
    """
    tape, parameters = recorded.tape, recorded.parameters
    true = adjoints(tape, recorded.loss)
    exact = true_gradients(recorded, true)
    found = tuple(
        agreement(given.array, gradient, tolerance) for given, gradient in zip(recorded.supplied, exact, strict=True)
    )
    colours, uses = Colours(tape, true, tolerance), Uses(tape, true)
    pairs = list(zip(recorded.supplied, found, strict=True))
    # A gradient of zeros is right whatever it was made of.
    right = tuple(
        given.node for given, each in pairs if each.right and given.node is not None and np.any(given.node.value)
    )
    search = Search(colours, uses, parameters, right)
    for place, (given, each) in enumerate(pairs):
        parameter = parameters[place]
        if not each.right and given.node is not None:
            search.follow(place, given.node, each)
        elif not each.right and given.array is not None and parameter is not None:
            for piece in wrong_pieces(tape, parameter, given.array, exact[place], tolerance):
                search.follow(place, piece, each)
    ranked = search.ranked() + left_out(recorded, found, true)
    if any(each.state == "factor" for each in found):
        ranked += _defining(ranked, files or {})
    best: dict[Place, Suspect] = {}
    for suspect in sorted(ranked, key=lambda s: -s.score):
        best.setdefault(suspect.statement.place, suspect)
    likely = [*best.values()][:MOST]
    likely[1:1] = disagreeing(recorded, found, exact, colours, uses, likely[0] if likely else None)
    places = tuple(_location(suspect, colours) for suspect in likely)
    return Located(recorded, true, colours, uses, parameters, found, places, tuple(general(names, found)))


def _defining(suspects: list[Suspect], files: Mapping[Path, str]) -> list[Suspect]:
    """Where a factor is wrong: the statements that give numbers their value which are then divided by."""
    found: dict[Place, Suspect] = {}
    sources: dict[Path, Source] = {}
    for suspect in suspects:
        place = suspect.statement.place
        if suspect.reason not in ("factor", "downstream") or place.file not in files:
            continue
        source = sources.setdefault(place.file, Source(files[place.file], str(place.file)))
        written = statement_at(source, place)
        for defining in definitions(source, written, suspect.statement) if written is not None else ():
            known = found.setdefault(defining.place, Suspect(defining, suspect.node, "factor"))
            known.votes |= dict.fromkeys(suspect.votes, _SHARE)
    return list(found.values())


def statement_at(source: Source, place: Place) -> Statement | None:
    """The statement of a file that stands at a place of the tape, whose columns are counted in characters."""
    line = source.line(place.line)
    column = len(line[: place.column].encode())
    exact = [s for s in source.statements() if (s.node.lineno, s.node.col_offset) == (place.line, column)]
    return min(exact, key=lambda s: len(s.text), default=None) or source.statement_at(place.line)


def true_gradients(recorded: Recorded, true: Adjoints) -> tuple[Array, ...]:
    """The true gradient of each parameter, in its shape; zeros where the loss does not depend on it."""
    found = []
    for node, initial in zip(recorded.parameters, recorded.initial, strict=True):
        exact = None if node is None else true.of(node)
        shape = np.shape(initial)
        found.append(np.zeros(shape) if exact is None else np.asarray(exact, dtype=np.float64).reshape(shape))
    return tuple(found)


def _location(suspect: Suspect, colours: Colours) -> Location:
    return Location(suspect.statement.place, suspect.score, suspect.reason, sentence(suspect, colours), suspect)
