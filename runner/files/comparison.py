"""Whether two runs have the same numbers: bit for bit, or else how different and from which step on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.run_record import RunRecord

Table = Mapping[str, NDArray[np.float64]]

# Relative difference up to which numbers of another machine count as equal: its BLAS sums in another order.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Comparison:
    """Two histories side by side, as far as both go.

    `identical`: bit for bit; `step` and `column`: where they first differ by more than the tolerance (by anything, for
    tolerance 0), None where they don't; `largest`: the largest relative difference of all.
    """

    rows: int
    identical: bool
    step: int | None
    column: str | None
    largest: float

    @property
    def agrees(self) -> bool:
        """Whether nothing differs by more than the tolerance."""
        return self.step is None


def compare(one: Table, other: Table, tolerance: float, rows: int) -> Comparison:
    """The first `rows` rows of two histories; columns that only one has are left out, NaN equals NaN.

    A relative difference is |a - b| / max(|a|, |b|).
    """
    names = [name for name in one if name in other]
    identical, largest = True, 0.0
    first: tuple[int, str] | None = None
    for name in names:
        a, b = one[name][:rows], other[name][:rows]
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        if same.all():
            continue
        identical = False
        with np.errstate(all="ignore"):
            apart = np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))
        apart = np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))
        largest = max(largest, float(apart.max()))
        beyond = np.flatnonzero(apart > tolerance)
        if len(beyond) and (first is None or beyond[0] < first[0]):
            first = int(beyond[0]), name
    step, column = (None, None) if first is None else (int(one["step"][first[0]]), first[1])
    return Comparison(rows, identical, step, column, largest)


def same_machine(one: RunRecord, other: RunRecord) -> bool:
    """Whether two runs can have equal bits: they had the same processor, BLAS and NumPy."""

    def matters(record: RunRecord) -> tuple[Any, ...]:
        return record.environment.get("cpu"), record.environment.get("blas"), record.versions.get("numpy")

    return matters(one) == matters(other)
