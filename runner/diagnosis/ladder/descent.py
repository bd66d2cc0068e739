"""Plain gradient descent, theta -= rate * gradient, with a rate that adapts.

The rate is halved where a step would raise the loss and grows where it doesn't: whether training succeeds is then a
question of the mathematics, not of a rate. Rejected: the configured rate and optimiser, which would make it both.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from runner.diagnosis.ladder.rung_network import Array, RungNetwork

Gradient = Callable[[Array], Array]

# Every output has to be nearer to its own target than this. A constant output of 0.5 is not; a line through AND
# comes to 0.25. Training goes on while it gets better than that.
NEAR, _GOOD = 0.4, 0.2
# Where the outputs of a network are unknown: the share of the first loss below which it has learnt. A constant output
# leaves half of it or more.
_SHARE = 0.3
# Answers are looked at once in so many steps: of somebody's own network each call costs a third of a millisecond.
_LOOK = 5
_GROWTH, _SMALLEST_RATE, _LARGEST_RATE = 1.3, 1e-12, 1e6
# Rates for a loss with kinks, of which no rate lets each step be a step down.
_CONSTANT_RATES, _CONSTANT_STEPS, _CONSTANT_STARTS = (0.3, 0.03), 500, 2


@dataclass(frozen=True)
class Descent:
    """A training: where it ended, in how many steps, the loss before and after, and whether all answers are right."""

    theta: Array
    steps: int
    before: float
    after: float
    learnt: bool


def descend(network: RungNetwork, gradient: Gradient, start: Array) -> Descent:
    """Train from `start` until all four answers are right by a good margin, or nothing gets better."""
    theta, rate = start, 1.0
    first = value = network.loss(theta)
    for step in range(network.most_steps):
        if step % _LOOK == 0 and _off(network, theta, first, value) < _GOOD:
            break
        slope = gradient(theta)
        while True:
            with np.errstate(all="ignore"):
                trial = theta - rate * slope
            lower = network.loss(trial)
            if lower < value:
                break
            rate /= 2
            if not rate > _SMALLEST_RATE:
                return _ended(network, theta, step, first, value)
        theta, value, rate = trial, lower, min(rate * _GROWTH, _LARGEST_RATE)
    else:
        step = network.most_steps
    return _ended(network, theta, step, first, value)


def from_each(network: RungNetwork, gradient: Gradient, starts: Sequence[Array]) -> list[Descent]:
    """Train from each start; where all fail, with one more that succeeds at a constant rate, if any does."""
    found = [descend(network, gradient, start) for start in starts]
    if any(one.learnt for one in found):
        return found
    again = _at_constant_rates(network, gradient, starts)
    return [*found, again] if again is not None else found


def from_any(network: RungNetwork, gradient: Gradient, starts: Sequence[Array]) -> Descent:
    """Train from one start after the other until one succeeds; else what came lowest."""
    found = []
    for start in starts:
        one = descend(network, gradient, start)
        if one.learnt:
            return one
        found.append(one)
    return _at_constant_rates(network, gradient, starts) or min(found, key=lambda one: one.after)


def _off(network: RungNetwork, theta: Array, first: float, value: float) -> float:
    """How far the worst answer is from its target.

    Where there are no answers to look at, what corresponds to it: 0 where the loss has fallen far enough, else 1.
    """
    outputs = network.outputs(theta)
    if outputs is None:
        return 0.0 if value <= _SHARE * first else 1.0
    formulas = network.formulas
    if formulas is not None and formulas.loss == "hinge":
        outputs = np.clip((1.0 + outputs) / 2, 0.0, 1.0)  # margins of -1 and 1 are the answers 0 and 1
    off = float(np.abs(outputs - network.Y).max())
    return off if np.isfinite(off) else np.inf


def _ended(network: RungNetwork, theta: Array, step: int, first: float, value: float) -> Descent:
    return Descent(theta, step, first, value, _off(network, theta, first, value) < NEAR)


def _at_constant_rates(network: RungNetwork, gradient: Gradient, starts: Sequence[Array]) -> Descent | None:
    """The first training that succeeds."""
    ways = itertools.product(_CONSTANT_RATES, starts[:_CONSTANT_STARTS])
    trained = (_at_constant_rate(network, gradient, start, rate) for rate, start in ways)
    return next((one for one in trained if one.learnt), None)


def _at_constant_rate(network: RungNetwork, gradient: Gradient, start: Array, rate: float) -> Descent:
    theta = start
    first = value = network.loss(theta)
    for step in range(_CONSTANT_STEPS):
        if step % _LOOK == 0 and _off(network, theta, first, value) < NEAR:
            return Descent(theta, step, first, value, True)
        with np.errstate(all="ignore"):
            theta = theta - rate * gradient(theta)
        value = network.loss(theta)
        if not np.isfinite(value):
            break
    return Descent(theta, _CONSTANT_STEPS, first, value, False)
