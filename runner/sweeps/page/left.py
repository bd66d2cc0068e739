"""Everything that a sweep left, read once for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from runner.errors import UserError
from runner.files.history import read_history, thinned
from runner.files.names import HISTORY
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import SweepRecord, SweepSummary
from runner.sweeps.ranking import factors_of, metric_of
from runner.sweeps.results import results

if TYPE_CHECKING:
    import pandas as pd

Column = NDArray[np.float64]

# Curves that are read and drawn, and points of each: a page of 256 runs stays below five megabytes.
MOST_CURVES, POINTS = 400, 80


@dataclass(frozen=True)
class LeftSweep:
    """A sweep as it can be drawn: `table` has a row for each job; runs are ranked by `metric`."""

    folder: Path
    record: SweepRecord
    summary: SweepSummary | None
    table: pd.DataFrame
    metric: str

    @property
    def ended(self) -> pd.DataFrame:
        """The rows of the jobs that have ended."""
        return self.table[self.table["outcome"].notna()]

    @cached_property
    def factors(self) -> list[str]:
        """The swept keys, except seeds, that take more than one value."""
        return factors_of(self.table)

    @cached_property
    def curves(self) -> Mapping[int, tuple[Column, Column]]:
        """Steps and losses of each job, thinned; of many jobs the first."""
        found = {}
        jobs = self.ended.head(MOST_CURVES)
        for job, folder in zip(jobs["job"].tolist(), jobs["folder"].tolist(), strict=True):
            path = self.folder / str(folder) / HISTORY
            try:
                history = read_history(path, ["step", "loss"])
            except (OSError, UserError):  # a job that crashed has none
                continue
            found[job] = thinned(history["step"], history["loss"], POINTS)
        return found


def read_sweep(folder: Path) -> LeftSweep:
    """The sweep in a folder, which may still be running; `UserError` where it holds none."""
    sweep = SweepFolder(folder)
    table = results(folder)
    return LeftSweep(folder, sweep.record, sweep.summary, table, metric_of(table))
