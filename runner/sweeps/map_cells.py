"""The cells of a sweep's map: two swept factors, and how the runs of each combination of their values ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runner.files.sweep_lines import AT_CHANCE
from runner.sweeps.ranking import factors_of, importance
from runner.sweeps.results import FAILED

if TYPE_CHECKING:
    import pandas as pd

# From best to worst, in the order in which a cell is filled from below.
OUTCOMES = ("converged", "finished", "stalled", "interrupted", AT_CHANCE, "diverged", "nan", "failed")
_LONGEST = 28  # characters of a label
_WIDE_RANGE = 20.0  # largest over smallest value from which on the metric is shown on a logarithmic scale


@dataclass(frozen=True)
class Axis:
    """A factor: its values in their order, and the number of that value for each run, (runs,)."""

    name: str
    values: list[Any]
    codes: NDArray[np.int64]

    @property
    def texts(self) -> list[str]:
        """The values as they are printed, with as many digits as tell them apart."""
        for digits in (2, 3, 4):
            texts = [_text(value, digits) for value in self.values]
            if len(set(texts)) == len(texts):
                return texts
        return [_text(value, 6) for value in self.values]


@dataclass(frozen=True)
class Cells:
    """How the runs of each cell ended: `shares` (outcomes, rows, columns), `runs` and `mean` (rows, columns)."""

    across: Axis
    up: Axis
    shares: NDArray[np.float64]
    runs: NDArray[np.int64]
    mean: NDArray[np.float64]
    metric: str
    values: NDArray[np.float64]  # of each run; NaN where it didn't come through

    @property
    def logarithmic(self) -> bool:
        """Whether the metric is better seen on a logarithmic scale."""
        known = self.values[np.isfinite(self.values)]
        return len(known) > 0 and float(known.min()) > 0 and float(known.max() / known.min()) > _WIDE_RANGE


def axes_of(table: pd.DataFrame, metric: str | None = None) -> list[str]:
    """The factors of the map: of more than two those that matter most; the one with more, or shorter, values across."""
    factors = factors_of(table)
    if len(factors) > 2:
        factors = [*importance(table, metric), *factors][:2]
    return sorted(factors, key=lambda key: (-table[key].nunique(dropna=False), table[key].astype(str).str.len().max()))


def cells_of(ended: pd.DataFrame, axes: list[str], metric: str) -> Cells:
    """Count the runs that ended; with one factor there is one row."""
    across = axis_of(ended, axes[0])
    up = axis_of(ended, axes[1]) if len(axes) > 1 else Axis("", [""], np.zeros(len(ended), dtype=np.int64))
    shape = len(up.values), len(across.values)
    outcomes = ended["outcome"].to_numpy(dtype=object)
    counts = np.zeros((len(OUTCOMES), *shape), dtype=np.int64)
    for k, name in enumerate(OUTCOMES):
        ours = outcomes == name
        np.add.at(counts[k], (up.codes[ours], across.codes[ours]), 1)
    values = ended[metric].to_numpy(dtype=np.float64)
    values = np.where(np.isin(outcomes.astype(str), FAILED), np.nan, values)
    runs, good, total = counts.sum(axis=0), np.zeros(shape), np.zeros(shape)
    known = np.isfinite(values)
    with np.errstate(all="ignore"):
        np.add.at(good, (up.codes[known], across.codes[known]), 1.0)
        np.add.at(total, (up.codes[known], across.codes[known]), values[known])
        return Cells(across, up, counts / np.maximum(runs, 1), runs, total / good, metric, values)


def axis_of(ended: pd.DataFrame, key: str) -> Axis:
    """The values of a factor: numbers by size, others as they come."""
    column = ended[key].to_numpy()
    if column.dtype.kind in "biuf":
        values, codes = np.unique(column, return_inverse=True)
        return Axis(key, values.tolist(), codes.astype(np.int64))
    known = {value: k for k, value in enumerate(dict.fromkeys(map(str, column)))}
    return Axis(key, list(known), np.array([known[str(value)] for value in column], dtype=np.int64))


def _text(value: object, digits: int) -> str:
    if isinstance(value, float):
        if 1e-2 <= abs(value) < 1e4 or not value:
            return f"{float(f'{value:.{digits}g}'):g}"
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
