"""The history of a run: one row of float64 a step, kept in memory and handed on in blocks; a table at the end.

A value that was not measured is null. In rows of floats null is a NaN with a payload of its own, so that a loss that
is NaN stays NaN and a validation loss that was not computed stays null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

_NULL_BITS = np.uint64(0x7FF8_0000_0000_0A0A)
NULL = float(np.array(_NULL_BITS).view(np.float64))


def is_null(rows: Rows) -> NDArray[np.bool_]:
    """Which values are null, not NaN."""
    return np.asarray(np.ascontiguousarray(rows).view(np.uint64) == _NULL_BITS)


def nulls(*shape: int) -> Rows:
    """An array of nulls."""
    return np.full(shape, _NULL_BITS, dtype=np.uint64).view(np.float64)


class History:
    """The rows so far; `sink` gets each block of rows as it is added, for whoever must not lose them."""

    def __init__(self, columns: Sequence[str], sink: Callable[[Rows], None] | None = None) -> None:
        self.columns = tuple(columns)
        self._blocks: list[Rows] = []
        self._sink = sink

    def add(self, rows: Rows) -> None:
        """Append rows of (steps, columns)."""
        self._blocks.append(rows)
        if self._sink is not None:
            self._sink(rows)

    def begin_with(self, rows: Rows) -> None:
        """Have rows, (steps, columns), that the sink has already."""
        self._blocks.insert(0, rows)

    def __len__(self) -> int:
        return sum(len(block) for block in self._blocks)

    def followed_by(self, rows: Rows) -> History:
        """A history with more rows, which this one doesn't get."""
        longer = History(self.columns)
        longer._blocks = [*self._blocks, rows]
        return longer

    def __getitem__(self, column: str) -> Rows:
        """One column; nulls are NaN here."""
        k = self.columns.index(column)
        return np.concatenate([block[:, k] for block in self._blocks]) if self._blocks else np.empty(0)

    def last(self, column: str) -> float | None:
        """The last value of a column that is not null."""
        k = self.columns.index(column)
        for block in reversed(self._blocks):
            measured = block[~is_null(block[:, k]), k]
            if measured.size:
                return float(measured[-1])
        return None

    def write_parquet(self, path: Path) -> None:
        """Write all rows as a table: `step` as integers, the rest as doubles with nulls."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = np.concatenate(self._blocks) if self._blocks else nulls(0, len(self.columns))
        arrays = []
        for k, column in enumerate(self.columns):
            # From buffers, since pa.array imports pandas to look at an array: a quarter of a second at each run's end.
            kind, values = (pa.int64(), rows[:, k].astype(np.int64)) if column == "step" else (pa.float64(), rows[:, k])
            valid = np.packbits(~is_null(rows[:, k]), bitorder="little")
            buffers = [pa.py_buffer(valid), pa.py_buffer(np.ascontiguousarray(values))]
            arrays.append(pa.Array.from_buffers(kind, len(rows), buffers))
        # No dictionaries: hardly a number of a history is there twice.
        pq.write_table(pa.Table.from_arrays(arrays, names=list(self.columns)), path, use_dictionary=False)
