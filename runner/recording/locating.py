"""Where the mistake is: the places of their source that may hold it, the likeliest first, each with its sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runner.recording.adjoints import Adjoints, adjoints
from runner.recording.agreement import TOLERANCE, Agreement, agreement
from runner.recording.colours import Colours
from runner.recording.scenario import Array, Point, Recorded, Scenario
from runner.recording.sentences import general, sentence
from runner.recording.suspects import Reason, Search, Suspect
from runner.recording.tape import Node, Place
from runner.recording.uses import Uses

MOST = 8


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


def locate(scenario: Scenario, point: Point | None = None, tolerance: float = TOLERANCE) -> Located:
    """The places that make gradients wrong at a point (the file's own where none is given).

    `StepFailed` where the step can't be carried out. Whether the adjoints are the slopes of the loss is the business of
    who asks.
    """
    recorded = scenario.record(point if point is not None else scenario.points[0])
    return located(recorded, scenario.names, tolerance)


def located(recorded: Recorded, names: tuple[str, ...], tolerance: float = TOLERANCE) -> Located:
    """The same for a step that is recorded already."""
    tape, parameters = recorded.tape, recorded.parameters
    true = adjoints(tape, recorded.loss)
    found = tuple(
        agreement(given.array, gradient, tolerance)
        for given, gradient in zip(recorded.supplied, true_gradients(recorded, true), strict=True)
    )
    colours, uses = Colours(tape, true, tolerance), Uses(tape, true)
    pairs = list(zip(recorded.supplied, found, strict=True))
    right = tuple(given.node for given, each in pairs if each.right and given.node is not None)
    search = Search(colours, uses, parameters, right)
    for place, (given, each) in enumerate(pairs):
        if not each.right and given.node is not None:
            search.follow(place, given.node, each)
    ranked = [s for s in search.ranked() if s.statement.place is not None][:MOST]
    places = tuple(_location(suspect, colours) for suspect in ranked)
    return Located(recorded, true, colours, uses, parameters, found, places, tuple(general(names, found)))


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
