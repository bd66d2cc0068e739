"""The candidates for a correction: edits of the places that were located, those first that work in place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from runner.recording.edits.edit import Candidate, Edit
from runner.recording.edits.grammar import candidates, proposed
from runner.recording.edits.guards import Guards
from runner.recording.edits.scope import Scope
from runner.recording.edits.sizes import Sizes
from runner.recording.edits.statement import Source
from runner.recording.edits.statement import Statement as Written
from runner.recording.locating.locating import Located, Location, statement_at
from runner.recording.locating.uses import base
from runner.recording.repairing.judging import Judge
from runner.recording.repairing.kinds import Kinds
from runner.recording.repairing.looking import evaluated
from runner.recording.repairing.missing import RULE, lacking
from runner.recording.repairing.running import quiet
from runner.recording.repairing.scoping import environment, lambda_scope, scope
from runner.recording.repairing.trial import Trial
from runner.recording.repairing.vocabulary import Vocabulary
from runner.recording.repairing.wanted import ratio_at, targets_at, wanted_at
from runner.recording.scenario import Point, Scenario
from runner.recording.taping.node import Node, Place, Snapshot, Statement

_EXECUTIONS = 3
_LIKELY = 3
_AT_ONCE = 20
_LOOKED_UP = 60  # operations that looking up what a statement lacks costs, for one derivative
_TRIED = 2  # operations that trying one statement costs
_PER_OPERATION = 1000  # numbers that cost as much as an operation


@dataclass(frozen=True)
class Attempt:
    """An edit of one place, tried alone: `passes` says that the statement then makes a true derivative."""

    candidate: Candidate
    location: Location
    rank: int
    passes: bool
    scope: Scope
    guards: Guards
    guess: Callable[[Candidate], bool] = lambda candidate: False
    chance: Callable[[Candidate], bool] = lambda candidate: False

    @property
    def guesses(self) -> bool:
        """Whether it may be right at this number of samples alone, as far as its form shows."""
        return self.guess(self.candidate)

    @property
    def by_chance(self) -> bool:
        """Whether it has a number that may be another one at any number of samples."""
        return self.chance(self.candidate)

    @property
    def edit(self) -> Edit | None:
        """The edit; None where it can't be written, or has what no correction may have."""
        return self.candidate.edit if self.guards.allow(self.candidate) else None

    @property
    def order(self) -> float:
        """Attempts with a small number are run first: small edits of likely places."""
        return self.candidate.size + 0.15 * self.rank


class Work(Protocol):
    """How much is still to be tried."""

    def may_run(self) -> bool:
        """Whether more may be tried."""
        ...

    def spend(self, operations: float) -> None:
        """Count what is tried."""
        ...


def work_of(nodes: Sequence[Node]) -> float:
    """What recording these operations again costs: one each, and more for large arrays."""
    return sum(1 + np.size(node.value) / _PER_OPERATION for node in nodes)


class Workbench:
    """The places that were located in a program at a point, with the variables that their statements had.

    No further places are looked at once `work` allows no more.
    """

    def __init__(self, scenario: Scenario, located: Located, point: Point, work: Work) -> None:
        self._scenario, self._located, self._work = scenario, located, work
        places = [location.place for location in located.places]
        places += [caller.place for location in located.places for caller in location.suspect.callers]
        self._snapshots = snapshots(scenario, point, places)
        self._kinds = Kinds(located.colours, located.uses, located.parameters)
        self._sizes = _sizes(located)
        self._sources: dict[Path, Source] = {}
        self._made: dict[int, list[Attempt]] = {}

    def working(self) -> Iterator[Attempt]:
        """Attempts that work in place, in the order in which they are to be run.

        The likeliest places are done before the others are looked at.
        """
        ranks = range(len(self._located.places))
        for group in (ranks[:_LIKELY], ranks[_LIKELY:]):
            found = [attempt for rank in group for attempt in self._of(rank) if attempt.passes]
            yield from sorted(found, key=lambda attempt: attempt.order)

    def others(self) -> Iterator[Attempt]:
        """Attempts that do not work in place: what a statement makes need not be a derivative itself."""
        ranks = range(len(self._located.places))
        rest = [attempt for rank in ranks for attempt in self._of(rank) if not attempt.passes]
        yield from sorted(rest, key=lambda attempt: attempt.order)

    def _of(self, rank: int) -> list[Attempt]:
        if rank not in self._made:
            self._made[rank] = self._attempts(rank) if self._work.may_run() else []
        return self._made[rank]

    def _attempts(self, rank: int) -> list[Attempt]:
        location = self._located.places[rank]
        place = location.place
        taken = self._snapshots.get(place, [])
        written = self._written(place)
        callers = self._callers(location)
        if written is None or not (taken or callers or isinstance(written.node, ast.For)):
            return []
        ratio = ratio_at(self._located, location)
        if taken:
            known = scope(written, taken[0], self._kinds, ratio)
        else:  # of a loop its header alone
            known = Scope() if not callers else lambda_scope(written, location.suspect.node)
        judge = Judge(self._located.colours, wanted_at(self._located, location), ratio)
        trial = Trial(judge, written, taken, callers, update=location.reason == "update")
        guards, names = Guards(written, known), environment(taken[0]) if taken else {}

        def value(text: str) -> Any:
            return evaluated(text, names)

        def guess(candidate: Candidate) -> bool:
            return self._sizes.guessed(written, known, candidate, value)

        def chance(candidate: Candidate) -> bool:
            return self._sizes.by_chance(written, candidate, value)

        cost = work_of([location.suspect.node])
        with quiet():
            found = candidates(written, known)
            if taken:
                targets = targets_at(self._located, location, known)
                words: dict[tuple[int, ...], Vocabulary] = {}
                for target in targets:
                    found += proposed(written, lacking(written, known, names, [target], words), RULE)
                    self._work.spend(_LOOKED_UP * cost)
            attempts = []
            for count, candidate in enumerate(found):
                if count % _AT_ONCE == 0:
                    self._work.spend(_AT_ONCE * _TRIED * cost)
                attempts.append(
                    Attempt(candidate, location, rank, trial.passes(candidate), known, guards, guess, chance)
                )
            return attempts

    def _written(self, place: Place) -> Written | None:
        if place.file not in self._sources:
            self._sources[place.file] = Source(self._scenario.files[place.file], str(place.file))
        return statement_at(self._sources[place.file], place)

    def _callers(self, location: Location) -> list[tuple[Written, Snapshot]]:
        """The statements that called the function of a place, with their variables before."""
        found = []
        for caller in location.suspect.callers:
            written = self._written(caller.place)
            found += [(written, one) for one in self._snapshots.get(caller.place, ()) if written is not None]
        return found


def _sizes(located: Located) -> Sizes:
    """The sides of parameters and data, and the statements that make the loss out of the network's output."""
    read = [p for p in located.parameters if p is not None]
    own = {node.index for p in read for node in (p, base(p))}
    arrays = [n for n in located.colours.tape.nodes if n.kind in ("leaf", "source") and n.index not in own]
    others = frozenset(side for n in arrays if located.true.forward(n) for side in n.shape if side > 1)
    widths = frozenset(side for p in read for side in p.shape if side > 1)
    texts: dict[str, None] = {}
    within = dict.fromkeys(
        node.statement.place.text
        for node in located.colours.tape.nodes
        if located.true.forward(node) and node.statement is not None
    )
    waiting, seen = [located.recorded.loss], set[int]()
    while waiting:
        node = waiting.pop()
        if node.index in seen or any(base(operand).index in own for operand in node.operands):
            continue
        seen.add(node.index)
        if node.statement is not None:
            texts[node.statement.place.text] = None
        waiting += node.operands
    return Sizes(widths, others, "\n".join(texts), "\n".join(text for text in within if text not in texts))


def snapshots(scenario: Scenario, point: Point, places: Sequence[Place]) -> Mapping[Place, list[Snapshot]]:
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
