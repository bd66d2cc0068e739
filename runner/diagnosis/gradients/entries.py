"""The error of each entry of an array of parameters, as a grid that can be drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runner.network.arrays import Entries

Array = NDArray[np.float64]

# Rows and columns of a grid: of a larger array several entries share a cell.
MOST = 40
# An error is measured against this share of the root mean square at least: what is 0 is never exactly so.
_SHARE = 0.01

Grid = tuple[tuple[float | None, ...], ...]


def grid_of_errors(entries: Entries, kept: Entries, a: Array, n: Array) -> Grid:
    """The errors of supplied derivatives `a` against true ones `n`, each (m,), of the entries `kept` of an array.

    A cell is |a - n| / max(|a|, |n|, 1 % of the array's root mean square); where entries share it, the largest. It is
    null where no entry was checked. Arrays of one dimension are one row; of more than two, the last ones are joined.
    """
    rows, columns = shape_of(entries.shape)
    known = np.isfinite(a) & np.isfinite(n)
    largest = max(float(np.linalg.norm(a[known])), float(np.linalg.norm(n[known])))
    floor = _SHARE * largest / math.sqrt(max(int(known.sum()), 1))
    sizes = np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
    errors = np.ones(len(kept))  # what is not finite is all wrong
    errors[known & (sizes == 0)] = 0.0
    np.divide(np.abs(a - n), sizes, out=errors, where=known & (sizes > 0))
    cells = _largest(_in_place(entries.ravel(), kept, errors).reshape(rows, columns))
    return tuple(tuple(None if math.isnan(one) else float(f"{one:.2e}") for one in row) for row in cells.tolist())


def _in_place(flat: Entries, kept: Entries, errors: Array) -> Array:
    """The errors where their entries stand, NaN for others; (entries,)."""
    if np.array_equal(flat, kept):
        return errors
    table = np.full(len(flat), np.nan)
    order = np.argsort(flat)
    table[order[np.searchsorted(flat, kept, sorter=order)]] = errors
    return table


def shape_of(shape: Sequence[int]) -> tuple[int, int]:
    """The rows and columns in which an array of this shape is shown; one column is shown as a row."""
    if len(shape) < 2:
        return 1, math.prod(shape)
    rows, columns = shape[0], math.prod(shape[1:])
    return (1, rows) if columns == 1 else (rows, columns)


def _largest(table: Array) -> Array:
    """The largest of the known entries of each block, in at most `MOST` rows and columns; NaN where none is known."""
    high, wide = (-(-side // MOST) or 1 for side in table.shape)
    rows, columns = (-(-side // size) for side, size in zip(table.shape, (high, wide), strict=True))
    padded = np.full((rows * high, columns * wide), np.nan)
    padded[: table.shape[0], : table.shape[1]] = table
    blocks = np.nan_to_num(padded, nan=-1.0).reshape(rows, high, columns, wide).max(axis=(1, 3))
    return np.where(blocks < 0, np.nan, blocks)
