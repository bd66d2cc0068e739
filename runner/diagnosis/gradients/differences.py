"""Central differences with a step of its own for each parameter.

Steps get eight times smaller from one to the next. Two steps in a row extrapolate to h = 0 (Richardson 1911), and what
they differ by says how good that is; the pair with the smallest error is taken. Rejected: one step for all. 1e-5 is too
large where inputs are raw (|x| = 1,000) or a kink is near, and too small where the gradient is tiny compared with the
loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Entries = NDArray[np.int64]
BothSides = Callable[[Entries, Array, Array], tuple[Array, Array, Flags]]

_RATIO = 8.0
_GAIN = _RATIO**2 - 1  # by how much one step smaller reduces an error of second order, less one
STEPS = tuple(_RATIO**-k for k in range(2, 11))
# An error below this share of the largest derivative of the array is good enough.
_GOOD = 1e-9
# A loss is a sum of rounded terms: its own error in units of the last digit.
_ROUNDING = 4.0
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Differences:
    """Derivatives, their errors as estimated, and which are at a kink; NaN where there is none."""

    values: Array
    errors: Array
    at_kink: Flags


def central_differences(both_sides: BothSides, theta: Array, entries: Entries, epsilon: float = EPSILON) -> Differences:
    """The derivatives of a loss with respect to some entries (m,) of its parameters (parameters,).

    `both_sides(entries, above, below)` gives the losses with each entry at its value of `above`, of `below`, and
    whether a kink lies between the two; differences across a kink are not used. `epsilon` is the unit in the last digit
    of what the loss is computed in.
    """
    count = len(entries)
    values, errors = np.full(count, np.nan), np.full(count, np.inf)
    crossed_ever = np.zeros(count, dtype=bool)
    before, extrapolated = np.full(count, np.nan), np.full(count, np.nan)
    scale = np.maximum(np.abs(theta[entries]), 1.0)
    open_ = np.arange(count)
    for step in STEPS:
        at, h = theta[entries[open_]], step * scale[open_]
        above, below, crossed = both_sides(entries[open_], at + h, at - h)
        width = (at + h) - (at - h)  # as it was rounded
        with np.errstate(all="ignore"):
            slope = np.where(crossed, np.nan, (above - below) / width)
            better = slope + (slope - before[open_]) / _GAIN
            # Two extrapolations in a row say how good the second is, one alone only how good the slope was.
            shift = np.where(np.isnan(extrapolated[open_]), slope - before[open_], better - extrapolated[open_])
            truncation = np.abs(shift) / _GAIN
            rounding = _ROUNDING * epsilon * (np.abs(above) + np.abs(below)) / width
            error = truncation + rounding
        crossed_ever[open_] |= crossed
        best = np.isfinite(error) & (error < errors[open_])
        values[open_[best]], errors[open_[best]] = better[best], error[best]
        before[open_], extrapolated[open_] = slope, better
        largest = np.nanmax(np.abs(values), initial=0.0)
        # Where rounding outweighs the rest, a smaller step is only worse.
        settled = np.isfinite(error) & ((error <= _GOOD * largest) | (rounding >= truncation))
        open_ = open_[~settled]
        if not len(open_):
            break
    return Differences(values, errors, np.isnan(values) & crossed_ever)
