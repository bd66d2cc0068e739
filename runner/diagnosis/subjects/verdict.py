"""Which gradients are right: what their code supplies against the true adjoints, at several points.

The adjoints are themselves checked against differences of the loss along random directions, by runs of the file in
which nothing is recorded: a tape on which something is missing is never a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.gradient_check import TOLERANCE, ArrayCheck, compared
from runner.network.arrays import ParameterArray
from runner.recording.differentiating.adjoints import Adjoints, Opaque, adjoints, ancestors
from runner.recording.differentiating.directional import directional_check
from runner.recording.differentiating.lost import lost_at
from runner.recording.scenario import Point, Recorded, Scenario, StepFailed
from runner.recording.scenarios.held import constant
from runner.recording.taping.node import Node
from runner.recording.taping.nonfinite import first_nonfinite
from runner.subjects.layers import arrays_of

Array = NDArray[np.float64]

# What is computed in float32 is good to this.
_SINGLE = 1e-3
# A gradient smaller than this share of the largest one is what rounding leaves of zero.
_NOISE = 1e-14


class NotFollowed(Exception):  # noqa: N818 - another way of checking is taken then
    """The step can't be judged by what was recorded. Its text is a sentence that says why."""


class NotFinite(NotFollowed):
    """The loss is not finite at a point; the sentence says which operation makes it so."""


@dataclass(frozen=True)
class Seen:
    """A step that was recorded at a point, its true derivatives, and what became of each parameter's gradient."""

    point: Point
    recorded: Recorded
    adjoints: Adjoints
    true: tuple[Array, ...]
    checks: tuple[ArrayCheck, ...]

    @property
    def wrong(self) -> tuple[int, ...]:
        """The positions of the parameters whose gradient is wrong."""
        return tuple(place for place, check in enumerate(self.checks) if not check.passed)


def seen_at(scenario: Scenario, point: Point, shapes: tuple[int, int] = (0, 0)) -> Seen:
    """Record the step at a point and judge each gradient.

    `shapes` are the numbers of features and outputs, which tell layers apart. Raises `StepFailed` where the step is not
    carried out, `NotFollowed` where the loss can't be differentiated.
    """
    return judged(scenario, point, scenario.record(point), shapes)


def judged(scenario: Scenario, point: Point, recorded: Recorded, shapes: tuple[int, int] = (0, 0)) -> Seen:
    """The same for a step that is recorded already."""
    if not math.isfinite(float(np.asarray(recorded.loss.value).reshape(()))):
        raise NotFinite(_not_finite(recorded))
    found = adjoints(recorded.tape, recorded.loss)
    true = tuple(_true(found, recorded, place) for place in range(len(scenario.names)))
    parts = arrays_of(scenario.names, [array.shape for array in recorded.initial], *shapes)
    largest = max((float(np.linalg.norm(exact)) for exact in true), default=0.0)
    checks = tuple(
        _check(part, array, given.array, exact, point, _NOISE * largest)
        for part, array, given, exact in zip(parts, recorded.initial, recorded.supplied, true, strict=True)
    )
    return Seen(point, recorded, found, true, checks)


def judged_by(seen: Seen, places: Sequence[int], loss: Node, made: Sequence[Node]) -> Seen:
    """The same with the gradients in some places judged by another loss, which takes what is `made` as constant."""
    tape = seen.recorded.tape
    before = [(node, node.operands) for node in made]
    for node in made:
        node.operands = tuple(constant(tape, operand) for operand in node.operands)
    try:
        found = adjoints(tape, loss)
    finally:
        for node, operands in before:
            node.operands = operands
    true, checks = list(seen.true), list(seen.checks)
    for place in places:
        true[place] = _true(found, seen.recorded, place)
        old, array = seen.checks[place], seen.recorded.initial[place]
        part = ParameterArray(old.name, old.layer, old.is_bias, np.arange(array.size).reshape(array.shape))
        checks[place] = _check(part, array, seen.recorded.supplied[place].array, true[place], seen.point, 0.0)
    return replace(seen, true=tuple(true), checks=tuple(checks))


def all_seen(scenario: Scenario, shapes: tuple[int, int] = (0, 0)) -> tuple[list[Seen], dict[str, str]]:
    """The step at every point where it can be run, and the points at which its loss is not finite, with the reason.

    Raises `NotFollowed` where it can be judged nowhere, or where the tape does not give the slopes that the loss has.
    """
    found: list[Seen] = []
    left_out: dict[str, str] = {}
    reason = "there is no point at which it could be run"
    for point in scenario.points:
        try:
            found.append(seen_at(scenario, point, shapes))
        except NotFinite as error:
            left_out[point.name] = reason = str(error)
        except (StepFailed, NotFollowed) as error:
            reason = str(error)
    if not found:
        raise NotFollowed(reason)
    require_slopes(scenario, found[0])
    return found, left_out


def require_slopes(scenario: Scenario, seen: Seen) -> None:
    """`NotFollowed` where the adjoints are not the slopes of the loss, with the place where the way back ended."""
    check = directional_check(
        lambda values: scenario.loss(seen.point, values), seen.recorded.initial, [*seen.true], seed=1
    )
    if check.right:
        return
    opaque = seen.adjoints.opaque[0] if seen.adjoints.opaque else _lost(scenario, seen)
    if opaque is None:
        raise NotFollowed("the derivatives of what was recorded are not the slopes of the loss")
    place = opaque.node.place
    raise NotFollowed(f"line {place.line} {opaque.reason}" if place is not None else f"it {opaque.reason}")


def _lost(scenario: Scenario, seen: Seen) -> Opaque | None:
    """Where the way of the numbers is lost without a sign of it on the tape: seen on a second one close by."""
    rng = np.random.default_rng(0)
    nearby = [array + 1e-6 * rng.normal(size=array.shape) for array in seen.recorded.initial]
    try:
        other = scenario.recorded_at(seen.point, nearby).tape
    except StepFailed:
        return None
    return lost_at(seen.adjoints, other, {node.index for node in seen.recorded.parameters if node is not None})


def _not_finite(recorded: Recorded) -> str:
    """Which operation first gave what is not finite."""
    first = first_nonfinite(recorded.tape, only=ancestors(recorded.loss))
    return "the loss is not finite" if first is None else f"the loss is not finite: {first.sentence}"


def _true(found: Adjoints, recorded: Recorded, place: int) -> Array:
    node = recorded.parameters[place]
    exact = None if node is None else found.of(node)
    shape = recorded.initial[place].shape
    return np.zeros(shape) if exact is None else np.asarray(exact, dtype=np.float64).reshape(shape)


def _check(
    part: ParameterArray, parameter: Array, supplied: Array | None, exact: Array, point: Point, noise: float
) -> ArrayCheck:
    given = fitted(np.zeros(exact.shape) if supplied is None else supplied, exact.shape).ravel()
    with np.errstate(all="ignore"):
        if max(float(np.linalg.norm(given)), float(np.linalg.norm(exact))) <= noise:
            given = exact.ravel()  # zero but for rounding, as of a bias before batch normalisation
    tolerance = _SINGLE if _is_single(given) else TOLERANCE
    return compared(part, part.entries.ravel(), given, exact.ravel(), parameter.ravel(), point.name, tolerance)


def fitted(given: Array, shape: tuple[int, ...]) -> Array:
    """A gradient in the shape of its parameter, as an update would spread it; NaN where it can't be spread."""
    if given.shape == shape:
        return given
    if given.size == math.prod(shape):
        return given.reshape(shape)
    try:
        return np.array(np.broadcast_to(given, shape))
    except ValueError:
        return np.full(shape, np.nan)


def _is_single(values: Array) -> bool:
    with np.errstate(all="ignore"):
        return values.size > 2 and bool((values.astype(np.float32) == values).all()) and bool((values % 0.125).any())
