"""The corrected line: the smallest edits of the places that were located after which all gradients are right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from runner.recording.edits.edit import Edit
from runner.recording.locating.agreement import TOLERANCE
from runner.recording.locating.locating import Located, Location, located
from runner.recording.repairing.forward import other_side
from runner.recording.repairing.naming import name_of
from runner.recording.repairing.patch import patched, rebased
from runner.recording.repairing.proof import Checked, Proof, attempted
from runner.recording.repairing.workbench import Attempt, Workbench, work_of
from runner.recording.scenario import Point, Scenario

_BRANCHES = 4
_SMALL = 30  # edits that are tried with the whole step before two at once are


@dataclass(frozen=True)
class Limits:
    """How much is tried: whole runs of the step, recorded operations in all of these together, and edits at once.

    Work is counted and not timed, so that what is found does not depend on how busy a machine is. `trying` is called
    whenever some of it has been done.
    """

    runs: int = 400
    operations: float = 75_000
    edits: int = 3
    trying: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Correction:
    """Edits after which all gradients are right, with the catalogue's name of each mistake where it has one.

    `locations` are the places that were edited, in the order of the edits. `changes_loss`: the edits change the forward
    pass; then it may as well be the backward pass that is wrong.
    """

    edits: tuple[Edit, ...]
    names: tuple[str | None, ...]
    locations: tuple[Location, ...]
    checked: Checked
    changes_loss: bool = False

    @property
    def size(self) -> float:
        """How far the edits go together."""
        return sum(edit.size for edit in self.edits)


@dataclass
class _Search:
    """What has been spent, and how the gradients stand."""

    scenario: Scenario
    proof: Proof
    limits: Limits
    run_size: float
    runs: int = 0
    operations: float = 0.0
    tried: set[tuple[tuple[str, str], ...]] = field(default_factory=set)

    def may_run(self) -> bool:
        return self.runs < self.limits.runs and self.operations < self.limits.operations

    def spend(self, operations: float) -> None:
        """Count what was done beside whole runs."""
        self.limits.trying()
        self.operations += operations

    def score(self, edits: tuple[Edit, ...]) -> tuple[bool, ...] | None:
        """Which gradients are right with the edits made, None where the step fails or has another loss."""
        self._ran()
        return self.proof.score(patched(self.scenario.files, edits))

    def prove(self, edits: tuple[Edit, ...]) -> Checked | None:
        self._ran()
        return self.proof.prove(patched(self.scenario.files, edits))

    def _ran(self) -> None:
        self.limits.trying()
        self.runs += 1
        self.operations += self.run_size


@dataclass(frozen=True)
class _Step:
    """Some edits that made gradients right, and which ones are right with them."""

    edits: tuple[Edit, ...]
    attempts: tuple[Attempt, ...]
    right: tuple[bool, ...]


def repair(
    scenario: Scenario, found: Located, point: Point, limits: Limits | None = None, tolerance: float = TOLERANCE
) -> Correction | None:
    """The smallest correction, None where none is found that stands every check.

    `found` is what was located at `point`. Edits that work in place are run first, small ones of likely places before
    others; where one edit is not enough, those that make more gradients right and none wrong are gone on from.
    """
    limits = limits or Limits()
    guessed = found.recorded.assumed is not None and len(found.wrong) == len(found.agreements)
    proof = Proof(scenario, tolerance, any_scale=guessed)
    search = _Search(scenario, proof, limits, work_of(found.recorded.tape.nodes))
    before = search.score(())
    if before is None:
        return None
    correction = _deepen(search, _Step((), (), before), found, point, limits.edits)
    if correction is not None:
        return correction
    forward = _Search(scenario, search.proof, limits, search.run_size)
    other = attempted(lambda: other_side(scenario, found, point, search.proof, forward))
    return None if other is None else Correction((other.edit,), (None,), (other.location,), other.checked, True)


def _deepen(
    search: _Search, step: _Step, found: Located, point: Point, depth: int, *, all_edits: bool = True
) -> Correction | None:
    """The first correction by one more edit; where there is none, by going on from the best half-way ones.

    Edits that work in place are run and gone on from first; the others only where these lead nowhere.
    """
    bench = attempted(lambda: Workbench(_with(search.scenario, step.edits), found, point, search))
    if bench is None:
        return None
    others = bench.others() if all_edits else iter(())
    # A small edit that can't be tried in place is likelier than two edits that can.
    for trials in (itertools.chain(bench.working(), itertools.islice(others, _SMALL)), others):
        halfway: list[_Step] = []
        for attempt, edits in _new(search, step, trials):
            right = search.score(edits)
            if right is None:
                continue
            now = _Step(edits, (*step.attempts, attempt), right)
            if all(right):
                checked = search.prove(edits)
                if checked is not None and _settled(now, checked) and not _undecided(found):
                    return _correction(now, checked, found)
            elif _better(right, step.right):
                halfway.append(now)
        if depth > 1:
            halfway.sort(key=lambda s: (-sum(s.right), s.attempts[-1].order))
            for further in halfway[:_BRANCHES]:
                correction = _further(search, further, point, depth - 1)
                if correction is not None:
                    return correction
    return None


def _settled(step: _Step, checked: Checked) -> bool:
    """Whether no other size agrees by chance: the number of samples was varied, or no edit has to do with one."""
    if any(attempt.by_chance for attempt in step.attempts):
        return False
    return checked.batch_sizes > 1 or not any(attempt.guesses for attempt in step.attempts)


def _undecided(found: Located) -> bool:
    """Whether gradients have mere factors where the loss is assumed, and no more of them are right than wrong.

    Which of them are right is a question of that loss, and whether it is a sum or a mean nobody has written.
    """
    right = sum(each.right for each in found.agreements)
    factors = all(each.right or each.state == "factor" for each in found.agreements)
    return factors and found.recorded.assumed is not None and 0 < 2 * right <= len(found.agreements)


def _further(search: _Search, step: _Step, point: Point, depth: int) -> Correction | None:
    def locate_again() -> Located:
        scenario = _with(search.scenario, step.edits)
        return located(scenario.record(point), scenario.names, search.proof.tolerance, scenario.files)

    again = attempted(locate_again)
    if again is None or not again.wrong:
        return None
    return _deepen(search, step, again, point, depth, all_edits=False)


def _new(search: _Search, step: _Step, trials: Iterable[Attempt]) -> Iterator[tuple[Attempt, tuple[Edit, ...]]]:
    """The attempts that have not been run yet, as edits of the original files."""
    for attempt in trials:
        if not search.may_run():
            return
        edit = attempt.edit
        edits = None if edit is None else rebased(edit, step.edits)
        if edits is None:
            continue
        key = tuple(sorted((str(path), text) for path, text in patched(search.scenario.files, edits).items()))
        if key not in search.tried:
            search.tried.add(key)
            yield attempt, edits


def _better(now: tuple[bool, ...], before: tuple[bool, ...]) -> bool:
    """Whether more gradients are right and none has become wrong."""
    return sum(now) > sum(before) and all(b <= a for a, b in zip(now, before, strict=True))


def _with(scenario: Scenario, edits: tuple[Edit, ...]) -> Scenario:
    return scenario.patched(patched(scenario.files, edits)) if edits else scenario


def _correction(step: _Step, checked: Checked, found: Located) -> Correction:
    pairs = zip(step.edits, step.attempts, strict=True)
    names = tuple(name_of(edit, attempt.scope, attempt.location, found) for edit, attempt in pairs)
    return Correction(step.edits, names, tuple(attempt.location for attempt in step.attempts), checked)
