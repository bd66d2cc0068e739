"""Where a step is looked at: parameters moved at random, few samples or all, other widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.scenario import Point

Array = NDArray[np.float64]

# How far parameters are moved from where the file has them, as a share of what a layer usually has.
_MOVE, _BIAS = 0.3, 0.5
# Samples on which a step is looked at where it takes any number of them.
MOST_SAMPLES = 100


def moved(initial: Sequence[Array], point: Point, sizes: Sequence[float] | float = ()) -> list[Array]:
    """Parameters near `initial`, where no unit is flat and no two are alike; `initial` itself for seed 0.

    `sizes` are those of what each is multiplied by, where that is large, or that of the samples.
    """
    sizes = [sizes] if isinstance(sizes, int | float) else sizes
    if point.seed == 0:
        return [one.copy() for one in initial]
    rng = np.random.default_rng(point.seed)
    found = []
    for number, one in enumerate(initial):
        noise = np.asarray(rng.normal(size=one.shape), dtype=np.float64)
        sides = [side for side in one.shape if side > 1]
        if len(sides) >= 2:
            noise /= np.sqrt(sum(sides) / len(sides))
        else:
            noise *= _BIAS
        size = sizes[number] if number < len(sizes) else 1.0
        found.append(one + _MOVE * noise / size)
    return found


def points_for(samples: int, widths: Sequence[int], *, takes_any_number: bool, takes_any_width: bool) -> list[Point]:
    """The points for a step of `samples` samples and hidden layers of `widths`; the first is the one to search at."""
    most = min(samples, MOST_SAMPLES) if takes_any_number else None
    found = [Point("the file's parameters, moved at random", 1, most), Point("moved elsewhere", 2, most)]
    if takes_any_number and samples > 1:
        few = max(2, min(samples // 2 + 1, 7)) if samples > 2 else 1
        found.append(Point(f"on {few} samples", 3, few))
    if takes_any_width and widths:
        other = tuple(width + 2 + place for place, width in enumerate(widths))
        found.append(Point(f"with hidden layers of {list(other)}", 4, most, other))
    return found


def numbers(value: Any) -> Array | None:
    """What holds real numbers as an array of float64; None for anything else."""
    if isinstance(value, bool | str | bytes) or value is None:
        return None
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return None
    return np.array(array, dtype=np.float64) if array.dtype.kind in "fiu" else None
