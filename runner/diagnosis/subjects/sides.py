"""The losses of a subject on both sides of a point, and where a kink lies between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Sides
from runner.subjects.process.proxy import Subject

Array = NDArray[np.float64]

# How far above the rounding of the losses, and which share of the largest slope, a kink must be to be one.
_ABOVE_ROUNDING, _SHARE = 16.0, 1e-7
# What bends smoothly looks 512 times less like a kink with an eight times smaller step; a kink looks the same.
_FALL = 1 / 64


class BothSides:
    """The losses with each of some entries of the flat parameters above, and below, its value.

    A subject doesn't tell where its units have their kinks: they are seen in the slopes on the two sides. These differ
    by c h + J, with J the kink: two steps tell the one from the other.
    """

    def __init__(self, subject: Subject, arrays: Sequence[Array], X: Array, Y: Array, epsilon: float) -> None:
        self._subject, self._arrays, self._X, self._Y, self._epsilon = subject, list(arrays), X, Y, epsilon
        sizes = [array.size for array in arrays]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._here = subject.loss(arrays, X, Y)
        self._halves, self._bends = np.full((2, sum(sizes)), np.nan)  # of the last step of each entry
        self._kinks = np.zeros(sum(sizes))

    def __call__(self, entries: NDArray[np.int64], above: Array, below: Array) -> Sides:
        """The losses above and below, each (m,), and where a kink lies between."""
        which = np.searchsorted(self._starts, entries, side="right") - 1
        local = entries - self._starts[which]
        values = np.concatenate([above, below])
        both = self._subject.losses(self._arrays, self._X, self._Y, np.tile(which, 2), np.tile(local, 2), values)
        up, down = np.split(both, 2)
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
