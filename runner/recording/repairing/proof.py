"""Stage two of a correction: the whole step run from the changed source, at several points."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.differentiating.directional import directional_check
from runner.recording.locating.agreement import Agreement, agreement, tidy
from runner.recording.locating.locating import true_gradients
from runner.recording.scenario import Outcome, Point, Scenario, StepFailed

Array = NDArray[np.float64]
Found = TypeVar("Found")

SAME_LOSS = 1e-9
ROUNDING = 1e-14


@dataclass(frozen=True)
class Truth:
    """The true gradients of the loss at one point, in the parameters' shapes, and the loss itself."""

    point: Point
    loss: float
    gradients: tuple[Array, ...]


@dataclass(frozen=True)
class Checked:
    """How a correction was checked: at how many points, with which numbers of samples, and how well it agrees.

    `formula` says that it corrects the formula of an optimizer, and makes it one of the textbook's.
    """

    points: int
    batch_sizes: int
    layer_sizes: int
    error: float
    formula: bool = False


def truth(scenario: Scenario, point: Point) -> Truth:
    """The true gradients at a point, from the recorded forward pass.

    `StepFailed` where the step can't be carried out, or what was recorded does not have the slopes of the loss.
    """
    recorded = scenario.record(point)
    gradients = true_gradients(recorded, adjoints(recorded.tape, recorded.loss))
    check = directional_check(lambda v: scenario.loss(point, v), recorded.initial, gradients, directions=1)
    if not check.right:
        raise StepFailed("the derivatives of what was recorded are not the slopes of the loss")
    return Truth(point, recorded.outcome.loss, gradients)


def agreements(outcome: Outcome, true: Truth, tolerance: float) -> tuple[Agreement, ...]:
    """How each supplied gradient compares."""
    pairs = zip(outcome.gradients, true.gradients, strict=True)
    return tuple(agreement(supplied, gradient, tolerance) for supplied, gradient in pairs)


def scaled(found: tuple[Agreement, ...]) -> tuple[Agreement, ...]:
    """All of them right where all are the same share of the true gradients, 1/n as a rule."""
    factors = [each.factor for each in found if each.state == "factor"]
    if len(factors) < len(found) or factors[0] <= 0 or tidy(factors[0]) is None:
        return found
    if any(abs(one / factors[0] - 1) > 1e-9 for one in factors):
        return found
    return tuple(replace(each, state="right", error=0.0, factor=1.0) for each in found)


class Proof:
    """Runs changed sources through the step and compares with what the unchanged forward pass says.

    The truth at each point is found when it is first needed. Where the unchanged program can't be run at a point, the
    point is left out. With `any_scale` the loss is a guess that none of their gradients fits: whether it is a sum or a
    mean is open then, and one factor for all gradients is right.
    """

    def __init__(self, scenario: Scenario, tolerance: float, *, any_scale: bool = False) -> None:
        self.scenario = scenario
        self.tolerance = tolerance
        self.any_scale = any_scale
        self._truths: dict[Point, Truth | None] = {}
        self._deeper: tuple[Proof, ...] | None = None

    def truth(self, point: Point) -> Truth | None:
        """The truth at a point; None where it can't be had."""
        if point not in self._truths:
            self._truths[point] = attempted(lambda: truth(self.scenario, point))
        return self._truths[point]

    @property
    def quick(self) -> Point:
        """The point at which the step is quickest: the fewest samples, at random parameters where there are such."""
        return min(self.scenario.points, key=lambda p: (p.samples is None, p.samples or 0, p.seed == 0))

    def at(self, patched: Scenario, point: Point) -> tuple[Agreement, ...] | None:
        """How the gradients of a changed program agree at a point; None where it fails or has another loss."""
        true = self.truth(point)
        if true is None:
            return None
        outcome = attempted(lambda: patched.run(point))
        if outcome is None or not same_loss(outcome.loss, true.loss):
            return None
        found = agreements(outcome, true, self.tolerance)
        return scaled(found) if self.any_scale else found

    def score(self, texts: Mapping[Path, str], point: Point | None = None) -> tuple[bool, ...] | None:
        """Which gradients are right at one point, the quickest.

        None where the changed program fails there or has another loss.
        """
        patched = attempted(lambda: self.scenario.patched(texts))
        found = None if patched is None else self.at(patched, point or self.quick)
        return None if found is None else tuple(each.right for each in found)

    def _is_right_deeper(self, texts: Mapping[Path, str]) -> bool:
        """Whether all gradients are right with one more layer, where there can be: `Z[0]` may be `Z[i - 1]`."""
        if self._deeper is None:
            deeper = attempted(self.scenario.deeper)
            self._deeper = () if deeper is None else (Proof(deeper, self.tolerance, any_scale=self.any_scale),)
        for proof in self._deeper:
            right = proof.score(texts)
            if proof.truth(proof.quick) is not None and (right is None or not all(right)):
                return False
        return True

    def prove(self, texts: Mapping[Path, str]) -> Checked | None:
        """How a changed program was checked; None unless all its gradients are right at every point.

        A change after which a step leaves all parameters as it did before corrects nothing.
        """
        patched = attempted(lambda: self.scenario.patched(texts))
        checked = None if patched is None else self.compared(patched)
        if patched is None or checked is None or moves_alike(self.scenario, patched, next(self._points())):
            return None
        return checked if self._is_right_deeper(texts) else None

    def _points(self) -> Iterator[Point]:
        """The points at which there is a truth, the quickest first."""
        ordered = sorted(self.scenario.points, key=lambda p: (p != self.quick, p.samples is None))
        return (point for point in ordered if self.truth(point) is not None)

    def compared(self, patched: Scenario) -> Checked | None:
        """How the gradients of a changed program were compared; None unless all are right at every point.

        A gradient whose truth is zero at every point is not proved; one that is kept from call to call is not right.
        """
        errors: list[float] = []
        seen: set[int] = set()
        done: list[Point] = []
        for point in self._points():
            true, found = self.truth(point), self.at(patched, point)
            if true is None or found is None or not all(each.right for each in found):
                return None
            errors += [each.error for each in found]
            seen |= {place for place, gradient in enumerate(true.gradients) if gradient.any()}
            done.append(point)
        if not done or len(seen) < len(self.scenario.names) or not kept_from_none(patched, done[0]):
            return None
        sizes = {point.sizes for point in done}
        return Checked(len(done), len({point.samples for point in done}), len(sizes), max(errors, default=0.0))


def attempted(run: Callable[[], Found]) -> Found | None:
    """What a run of a changed program gives; None where it fails in whatever way."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return run()
    except Exception:
        return None


def same_loss(one: float, other: float) -> bool:
    """Whether two losses are the same but for rounding."""
    return abs(one - other) <= SAME_LOSS * max(abs(one), abs(other), 1e-300)


def kept_from_none(scenario: Scenario, point: Point) -> bool:
    """Whether the step gives the same gradients the first time and after a step on other samples."""
    both = attempted(lambda: scenario.twice(point))
    return both is not None and not differing(*both)


def moves_alike(one: Scenario, other: Scenario, point: Point) -> bool:
    """Whether two programs whose step updates leave the same parameters at a point."""
    both = attempted(lambda: (one.run(point).after, other.run(point).after))
    if both is None or not both[0] or len(both[0]) != len(both[1]):
        return False
    pairs = zip(*both, strict=True)
    return all(a.shape == b.shape and np.allclose(a, b, rtol=0, atol=ROUNDING * _size(a)) for a, b in pairs)


def differing(first: Outcome, second: Outcome, tolerance: float = 1e-7) -> Sequence[int]:
    """The parameters, by position, whose gradient is another one in the second outcome."""
    found = []
    for place, (one, other) in enumerate(zip(first.gradients, second.gradients, strict=True)):
        if one is None or other is None:
            if one is not other:
                found.append(place)
        elif one.shape != other.shape or not np.allclose(one, other, rtol=tolerance, atol=tolerance * _size(one)):
            found.append(place)
    return found


def _size(array: Array) -> float:
    return float(np.abs(array).max(initial=0))
