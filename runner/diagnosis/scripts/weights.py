"""What a script's arrays of parameters say by themselves: biases, units that are equal, how many inputs a unit has."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BIAS = re.compile(r"(^|[^a-zA-Z])b(ias(es)?)?_?\w?\d*\W*$", re.IGNORECASE)


def is_bias(name: str) -> bool:
    """Whether parameters of this name are biases."""
    return _BIAS.search(name) is not None


def has_equal_units(array: Array) -> bool:
    """Whether the columns of a matrix are equal to each other, and its rows."""
    if array.ndim != 2 or min(array.shape) < 1 or max(array.shape) < 2:
        return False
    scale = float(np.abs(array).max())
    sides = [axis for axis in (0, 1) if array.shape[axis] > 1]
    return any(float(np.ptp(array, axis=axis).max()) <= 1e-9 * scale for axis in sides)


def fans_in(names: Sequence[str], arrays: Sequence[Array]) -> list[int]:
    """How many inputs each matrix of weights has; 0 for what is none."""
    side = input_axis(names, arrays)
    return [
        int(np.shape(a)[side]) if np.ndim(a) == 2 and not is_bias(name) else 0
        for name, a in zip(names, arrays, strict=True)
    ]


def input_axis(names: Sequence[str], arrays: Sequence[Array]) -> int:
    """The axis of the inputs in the matrices of weights, which are in the order of their layers.

    That which fits from each matrix to the next, or to the biases; a row more may hold the bias.
    """
    weights = [np.shape(a) for name, a in zip(names, arrays, strict=True) if np.ndim(a) == 2 and not is_bias(name)]
    widths = [np.size(a) for name, a in zip(names, arrays, strict=True) if is_bias(name)]
    pairs = list(itertools.pairwise(weights))
    rows_first = sum(one[1] in (other[0], other[0] - 1) for one, other in pairs)
    columns_first = sum(one[0] in (other[1], other[1] - 1) for one, other in pairs)
    rows_first += sum(shape[1] in widths for shape in weights)
    columns_first += sum(shape[0] in widths for shape in weights)
    return 0 if rows_first >= columns_first else 1
