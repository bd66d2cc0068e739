"""The candidates for a correction: edits of the places that were located, those first that work in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.recording.edits.edit import Edit
from runner.recording.edits.grammar import candidates
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Source
from runner.recording.edits.statement import Statement as Written
from runner.recording.locating import Located, Location
from runner.recording.scenario import Point, Scenario
from runner.recording.scoping import Kinds, scope
from runner.recording.tape import Node, Place, Snapshot, Statement
from runner.recording.trial import Trial

_EXECUTIONS = 3


@dataclass(frozen=True)
class Attempt:
    """An edit of one place, tried alone: `passes` says that the statement then makes a true derivative."""

    edit: Edit
    location: Location
    rank: int
    passes: bool
    scope: Scope

    @property
    def order(self) -> float:
        """Attempts with a small number are run first: small edits, of likely places, that work in place."""
        return self.edit.size + 0.15 * self.rank + (0.0 if self.passes else 10.0)


def attempts(scenario: Scenario, located: Located, point: Point) -> list[Attempt]:
    """Every edit of every place, in the order in which they are to be run."""
    places = [location.suspect.statement.place for location in located.places]
    snapshots = _snapshots(scenario, point, places)
    kinds = Kinds(located.colours, located.uses, located.parameters)
    sources: dict[Path, Source] = {}
    found: list[Attempt] = []
    for rank, location in enumerate(located.places):
        place = location.suspect.statement.place
        taken = snapshots.get(place, [])
        if not taken:
            continue
        source = sources.get(place.file) or Source(scenario.files[place.file], str(place.file))
        sources[place.file] = source
        written = statement_at(source, place)
        if written is not None:
            found += _of_place(located, location, rank, written, taken, kinds)
    return sorted(found, key=lambda attempt: attempt.order)


def _of_place(
    located: Located, location: Location, rank: int, written: Written, taken: Sequence[Snapshot], kinds: Kinds
) -> list[Attempt]:
    ratio = _ratio(located, location)
    known = scope(written, taken[0], kinds, ratio)
    trial = Trial(located.colours, taken, wanted=_gradient(located, location), ratio=ratio)
    return [
        Attempt(
            candidate.edit,
            location,
            rank,
            candidate.node is not None and trial.passes(candidate.node, written.node),
            known,
        )
        for candidate in candidates(written, known)
    ]


def _ratio(located: Located, location: Location) -> float | None:
    """By what the gradients that point to a place are too large, where that is one number for all of them."""
    states = [located.agreements[place] for place in location.suspect.votes]
    factors = {round(state.factor, 9) for state in states if state.state == "factor"}
    if location.reason not in ("factor", "downstream") or len(factors) != 1 or len(states) == 0:
        return None
    return states[0].factor


def _gradient(located: Located, location: Location) -> int | None:
    """The parameter's leaf whose gradient the statement makes, where it makes that of one and nothing else."""
    made: list[Node] = []
    for supplied, parameter in zip(located.recorded.supplied, located.parameters, strict=True):
        statement = None if supplied.node is None else supplied.node.origin.statement
        if parameter is not None and statement is not None and statement.place == location.suspect.statement.place:
            made.append(parameter)
    return made[0].index if len(made) == 1 else None


def _snapshots(scenario: Scenario, point: Point, places: Sequence[Place]) -> Mapping[Place, list[Snapshot]]:
    """The variables before the first few executions of the statements at some places."""
    taken = dict.fromkeys(places, 0)
    recorded = scenario.record(point, snapshot=_first(taken))
    found: dict[Place, list[Snapshot]] = {}
    for snapshot in recorded.tape.snapshots:
        found.setdefault(snapshot.execution.statement.place, []).append(snapshot)
    return found


def _first(taken: dict[Place, int]) -> Callable[[Statement], bool]:
    def wanted(statement: Statement) -> bool:
        count = taken.get(statement.place)
        if count is None or count >= _EXECUTIONS:
            return False
        taken[statement.place] = count + 1
        return True

    return wanted


def statement_at(source: Source, place: Place) -> Written | None:
    """The statement of a file that stands at a place of the tape, whose columns are counted in characters."""
    line = source.line(place.line)
    column = len(line[: place.column].encode())
    exact = [s for s in source.statements() if (s.node.lineno, s.node.col_offset) == (place.line, column)]
    return min(exact, key=lambda s: len(s.text), default=None) or source.statement_at(place.line)
