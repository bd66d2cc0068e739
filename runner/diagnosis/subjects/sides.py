"""The losses of a subject on both sides of a point, and where a kink lies between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Sides
from runner.diagnosis.subjects.proxy import Subject

Array = NDArray[np.float64]

# The difference of the two one-sided slopes gets eight times smaller with an eight times smaller step, unless there is
# a kink between: then it stays. Less of a fall than this is a kink.
_FALL = 0.35
# How far above the rounding of the losses such a difference must be.
_ABOVE_ROUNDING = 16.0


class BothSides:
    """The losses with each of some entries of the flat parameters above, and below, its value.

    A subject doesn't tell where its units have their kinks: they are seen in the slopes on the two sides, which differ
    by the same amount however small the step.
    """

    def __init__(self, subject: Subject, arrays: Sequence[Array], X: Array, Y: Array, epsilon: float) -> None:
        self._subject, self._arrays, self._X, self._Y, self._epsilon = subject, list(arrays), X, Y, epsilon
        sizes = [array.size for array in arrays]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._here = subject.loss(arrays, X, Y)
        self._bends = np.full(sum(sizes), np.inf)

    def __call__(self, entries: NDArray[np.int64], above: Array, below: Array) -> Sides:
        """The losses above and below, each (m,), and where a kink lies between."""
        which = np.searchsorted(self._starts, entries, side="right") - 1
        local = entries - self._starts[which]
        values = np.concatenate([above, below])
        both = self._subject.losses(self._arrays, self._X, self._Y, np.tile(which, 2), np.tile(local, 2), values)
        up, down = np.split(both, 2)
        with np.errstate(all="ignore"):
            half = (above - below) / 2
            bends = np.abs(up - 2 * self._here + down) / half
            rounding = self._epsilon * (np.abs(up) + 2 * abs(self._here) + np.abs(down)) / half
            crossed = (bends > _ABOVE_ROUNDING * rounding) & (bends > _FALL * self._bends[entries])
        self._bends[entries] = bends
        return up, down, crossed
