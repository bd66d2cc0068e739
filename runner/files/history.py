"""The table of a run's history: history.parquet, a row a step, and the values that it doesn't know.

A value that was not measured is null. In rows of floats null is a NaN with a payload of its own, so that a loss that
is NaN stays NaN and a validation loss that was not computed stays null.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.errors import UserError

Rows = NDArray[np.float64]

_NULL_BITS = np.uint64(0x7FF8_0000_0000_0A0A)
NULL = float(np.array(_NULL_BITS).view(np.float64))


def is_null(rows: Rows) -> NDArray[np.bool_]:
    """Which values are null, not NaN."""
    return np.asarray(np.ascontiguousarray(rows).view(np.uint64) == _NULL_BITS)


def nulls(*shape: int) -> Rows:
    """An array of nulls."""
    return np.full(shape, _NULL_BITS, dtype=np.uint64).view(np.float64)


def write_history(path: Path, columns: Sequence[str], rows: Rows) -> None:
    """Write rows (steps, columns) as a table: `step` as integers, the rest as doubles with nulls."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = []
    for k, column in enumerate(columns):
        # From buffers, since pa.array imports pandas to look at an array: a quarter of a second at each run's end.
        kind, values = (pa.int64(), rows[:, k].astype(np.int64)) if column == "step" else (pa.float64(), rows[:, k])
        valid = np.packbits(~is_null(rows[:, k]), bitorder="little")
        buffers = [pa.py_buffer(valid), pa.py_buffer(np.ascontiguousarray(values))]
        arrays.append(pa.Array.from_buffers(kind, len(rows), buffers))
    # No dictionaries: hardly a number of a history is there twice.
    pq.write_table(pa.Table.from_arrays(arrays, names=list(columns)), path, use_dictionary=False)


def read_rows(path: Path) -> tuple[tuple[str, ...], Rows]:
    """The columns and the rows (steps, columns) of a history.parquet, with nulls; `UserError` where it isn't one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = read_history(path)
    rows = np.column_stack(list(columns.values()))
    try:
        table = pq.read_table(path)
        unknown = np.column_stack([table[name].is_null().to_numpy() for name in columns])
    except (pa.ArrowException, ValueError) as error:
        raise UserError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
    rows[unknown] = NULL
    return tuple(columns), rows


def read_history(path: Path, columns: Sequence[str] | None = None) -> dict[str, Rows]:
    """The columns (all, or the named ones) of a history.parquet, nulls as NaN; `UserError` where it isn't one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=None if columns is None else list(columns))
        found = {name: table[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in table.column_names}
    except (pa.ArrowException, ValueError) as error:
        raise UserError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
    if "step" not in found:
        raise UserError(f"{path} is not the history of a run: it has no column 'step'")
    return found


def thinned(steps: Rows, values: Rows, most: int) -> tuple[Rows, Rows]:
    """A curve with about `most` points at most that looks the same: the lowest and highest of each stretch are kept.

    Steps without a value are left out, unless the value is not finite: a gap shows there.
    """
    known = ~np.isnan(values)
    steps, values = steps[known], np.where(np.isfinite(values[known]), values[known], np.nan)
    if len(steps) <= most:
        return steps, values
    edges = np.linspace(0, len(steps), most // 2 + 1).astype(int)
    kept = {0, len(steps) - 1}
    for first, end in pairwise(edges):
        piece = values[first:end]
        if np.isfinite(piece).any():
            kept |= {first + int(np.nanargmin(piece)), first + int(np.nanargmax(piece))}
    order = np.array(sorted(kept))
    return steps[order], values[order]
