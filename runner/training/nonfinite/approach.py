"""What had been growing before a non-finite value: which measured quantity, since which step, how fast.

Explosive growth is exponential, so logarithms grow linearly. For each quantity:

1. Only rows after its valley count: the block of rows with the lowest median (of at most 50 blocks), the first where
   several are about as low. Of a loss that fell for a thousand steps and then rose, only the rise is reported.
2. Its logarithm is fitted by a level followed by a rising line, with the bend where the sum of squares is least, over
   windows that end at the event: the whole rest first, then its last half, quarter, ...
3. The first window with sustained growth counts: the line rises over three rows or more, to at least `LEAST` times the
   level, and by at least `CLEAR` times the noise (median absolute deviations, of the differences from row to row and of
   the residuals). The middle of the rise lies well above the level, so it is no single spike; the end lies well above
   everything between the valley and the bend, so it is no wave like earlier ones.
4. The growth began at the bend, or earlier if the rows before it rise without exception: accelerating growth leaves
   its level before the fitted line does.

Rejected: the ratio of the last value to the first, which misses a fall before the rise, and a threshold on the growth
in one step, which the noise of mini-batches exceeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from runner.files.event_details import Growth

Floats = NDArray[np.float64]

QUANTITIES = ("loss", "grad_norm", "update_ratio")
LEAST = 2.0
CLEAR = 5.0
BLOCKS = 50


class Series(Protocol):
    """A history: its columns by name, NaN where nothing was measured."""

    @property
    def columns(self) -> Sequence[str]:
        """The names."""

    def __getitem__(self, column: str) -> Floats:
        """The values of a column, one a row."""


def approach(history: Series, step: int) -> Growth | None:
    """What had been growing before `step`, None where nothing had.

    Of the quantities that had (loss, gradient norms, update ratios, of everything and of each layer) the one that rose
    by the largest factor; its `others` are the rest, largest first.
    """
    steps = np.asarray(history["step"], dtype=np.float64)
    before = steps < step
    found = []
    for name in history.columns:
        if name.split("/")[0] in QUANTITIES:
            growth = _growth(name, steps[before], np.asarray(history[name], dtype=np.float64)[before])
            if growth is not None:
                found.append(growth)
    found.sort(key=lambda growth: growth.start / growth.end)
    return replace(found[0], others=tuple(found[1:])) if found else None


def _growth(quantity: str, steps: Floats, values: Floats) -> Growth | None:
    """The growth at the end of one series; None where there is none. Steps and values are (rows,)."""
    measured = ~np.isnan(values)
    steps, values = steps[measured], values[measured]
    no_logarithm = np.flatnonzero(~((values > 0) & np.isfinite(values)))
    first = int(no_logarithm[-1]) + 1 if no_logarithm.size else 0
    steps, values = steps[first:], values[first:]
    start = _start(steps, np.log(values)) if len(values) >= 3 else None
    if start is None:
        return None
    rate = float(np.log(values[-1]) - np.log(values[start])) / float(steps[-1] - steps[start])
    return Growth(
        quantity,
        since=int(steps[start]),
        until=int(steps[-1]),
        start=float(values[start]),
        end=float(values[-1]),
        factor=float(np.exp(rate)),
        doubling=float(np.log(2) / rate),
    )


def _start(steps: Floats, logs: Floats) -> int | None:
    """The row at which growth begins that lasts to the end; None where there is none."""
    valley = _valley(logs)
    noise = _deviation(np.diff(logs)) / np.sqrt(2)
    window = valley
    while len(logs) - window >= 3:
        bend, level, slope = _bend(steps[window:], logs[window:])
        line = level + slope * np.maximum(steps[window:] - steps[window + bend], 0.0)
        rise = slope * (steps[-1] - steps[window + bend])
        bend += window
        scatter = max(noise, _deviation(logs[window:] - line))
        if rise >= max(np.log(LEAST), CLEAR * scatter) and _is_steady(logs[valley:], bend - valley, noise):
            while bend > 0 and logs[bend - 1] < logs[bend]:
                bend -= 1
            return bend
        window += -(-(len(logs) - window) // 2)
    return None


def _valley(logs: Floats) -> int:
    """The start of the first block whose median is about the lowest: within a fifth of the distance to the end."""
    blocks = np.array_split(np.arange(len(logs)), min(BLOCKS, len(logs)))
    medians = np.array([np.median(logs[rows]) for rows in blocks])
    low = medians <= medians.min() + 0.2 * max(logs[-1] - medians.min(), 0.0)
    return int(blocks[int(low.argmax())][0])


def _deviation(values: Floats) -> float:
    """The standard deviation by the median absolute deviation, as if the values were normally distributed."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _bend(t: Floats, y: Floats) -> tuple[int, float, float]:
    """The level a followed by a line, y = a + b max(t - t[k], 0), of least squares: k (2 rows follow), a and b."""
    n = len(y)
    mean = y.mean()
    y = y - mean
    left = t[-1] - t  # from the end, so that the sums for late bends are exact

    def from_end(values: Floats) -> Floats:
        return np.asarray(np.cumsum(values[::-1])[::-1])

    rows, s1, s2 = np.arange(n, 0, -1.0), from_end(left), from_end(left * left)
    y1, ys1 = from_end(y), from_end(y * left)
    u = rows * left - s1  # sums over the rows after each bend of u = t - t[k], of u² and of u y
    uu = rows * left * left - 2 * left * s1 + s2
    uy = left * y1 - ys1
    variance = uu - u * u / n
    slopes = uy[:-2] / variance[:-2]
    gain = np.where(slopes > 0, slopes * uy[:-2], -1.0)
    k = int(gain.argmax())
    return k, float(mean - slopes[k] * u[k] / n), float(slopes[k])


def _is_steady(logs: Floats, bend: int, noise: float) -> bool:
    """Whether the rise from the bend on is well advanced in its middle, and ends well above everything before."""
    before, after = logs[: bend + 1], logs[bend:]
    third = len(after) // 3
    base, end = float(np.median(before)), float(after[-2:].max())
    climbed = float(np.median(after[third : len(after) - third])) - base
    return climbed > max(0.15 * (end - base), 2.0 * noise) and end - 0.2 * (end - base) >= float(before.max())
