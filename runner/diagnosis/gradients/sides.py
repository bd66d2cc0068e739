"""Networks that are known by their calls alone: their losses on both sides of a point, and how closely to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Sides
from runner.diagnosis.gradients.gradient_check import MANY, MOST_BIASES, ArrayCheck, Demands, check_gradient
from runner.network.arrays import Entries, ParameterArray

Array = NDArray[np.float64]

# How far above the rounding of the losses, and which share of the largest slope, a kink must be to be one.
_ABOVE_ROUNDING, _SHARE = 16.0, 1e-7
# What bends smoothly looks 512 times less like a kink with an eight times smaller step; a kink looks the same.
_FALL = 1 / 64
# Of more parameters than these fewer are looked at.
_SOME = 1_000
_FEW_ENTRIES, _SOME_ENTRIES = 24, 64
# In float32 central differences are good to 2e-4 at best.
_FLOAT32 = Demands(tolerance=1e-3, epsilon=float(np.finfo(np.float32).eps))


class BothSides:
    """The losses with each of some entries of `count` parameters above, and below, its value.

    `losses(entries, values)` gives them with one entry replaced at a time, `here` is that with none. Calls don't tell
    where units have their kinks: they are seen in the slopes on the two sides. These differ by c h + J, with J the
    kink: two steps tell the one from the other. `epsilon` is the unit in the last digit of the loss.
    """

    def __init__(self, losses: Callable[[Entries, Array], Array], here: float, count: int, epsilon: float) -> None:
        self._losses, self._here, self._epsilon = losses, here, epsilon
        self._halves, self._bends = np.full((2, count), np.nan)  # of the last step of each entry
        self._kinks = np.zeros(count)

    def __call__(self, entries: Entries, above: Array, below: Array) -> Sides:
        """The losses above and below, each (m,), and where a kink lies between."""
        up, down = np.split(self._losses(np.tile(entries, 2), np.concatenate([above, below])), 2)
        half = (above - below) / 2
        with np.errstate(all="ignore"):
            bends = (up - 2 * self._here + down) / half
            times = self._halves[entries] / half
            kinks = np.abs(times * bends - self._bends[entries]) / (times - 1)  # NaN at the first step
            rounding = self._epsilon * (np.abs(up) + 2 * abs(self._here) + np.abs(down)) / half
            slopes = np.abs(up - down) / (2 * half)
            seen = np.maximum(_ABOVE_ROUNDING * rounding, _SHARE * np.max(slopes, initial=0.0, where=slopes < np.inf))
            crossed = (kinks > seen) & (kinks > _FALL * self._kinks[entries])
        self._halves[entries], self._bends[entries] = half, bends
        self._kinks[entries] = np.nan_to_num(kinks, nan=0.0, posinf=0.0)
        return up, down, crossed


def check_by_calls(
    parts: Sequence[ParameterArray],
    theta: Array,
    supplied: Array,
    here: float,
    losses: Callable[[Entries, Array], Array],
    point: str,
    tolerance: float = 0.0,
) -> list[ArrayCheck]:
    """The gradient `supplied` at `theta`, where the loss is `here`, against differences of `losses`.

    `losses(entries, values)` gives them with one entry of `theta` replaced at a time; what is within `tolerance` is
    right in any case.
    """
    demands = _demands_for(here, supplied)
    demands = replace(demands, tolerance=max(demands.tolerance, tolerance))
    sides = BothSides(losses, here, len(theta), demands.epsilon)
    return check_gradient(parts, theta, supplied, sides, point, np.random.default_rng(0), demands)


def _demands_for(loss: float, gradient: Array) -> Demands:
    """How closely is looked: at few entries of many, with less precision at what is computed in float32."""
    count = len(gradient)
    most = _FEW_ENTRIES if count > MANY else _SOME_ENTRIES if count > _SOME else MOST_BIASES
    known = gradient[np.isfinite(gradient) & (gradient != 0)]
    narrow = is_float32(np.array([loss])) or (len(known) > 2 and is_float32(known))
    return replace(_FLOAT32 if narrow else Demands(), most_weights=most, most_biases=most)


def is_float32(values: Array) -> bool:
    """Whether numbers that aren't all 0 are numbers of float32."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(values).all() and (values.astype(np.float32) == values).all() and values.any())
