"""A sweep in its folder, as Python has it: its table, its ranking, its runs, its plots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import UserError
from runner.experiment.left import left_run
from runner.files.paths import relative
from runner.files.run_record import read_record
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import SweepSummary
from runner.sweeps.ranking import best_first, metric_of, ranking
from runner.sweeps.results import FAILED, results
from runner.tracking.served import page_of_run

if TYPE_CHECKING:
    import pandas as pd

    from runner.experiment import RunResult
    from runner.report.display import Plots
    from runner.tracking.client import Delivered

_SHOWN = 10  # rows in a notebook


@dataclass(frozen=True, repr=False)
class SweepResult:
    """A sweep in its folder; `summary` says how it ended, `delivered` what MLflow had of it then."""

    folder: Path
    summary: SweepSummary
    delivered: Delivered | None = None

    def __repr__(self) -> str:
        return f"<sweep: {', '.join(self._facts)}>"

    def _repr_html_(self) -> str:
        """For notebooks: how the jobs ended, and the best of the ranking."""
        facts = f"<p><b>sweep</b> {escape(', '.join(self._facts))}</p>"
        return facts + str(self.ranking.head(_SHOWN).to_html(index=False, na_rep=""))

    @property
    def _facts(self) -> list[str]:
        outcomes = [f"{count:,} {name}" for name, count in self.summary.outcomes.items()]
        return [f"{self.summary.done:,} of {self.summary.jobs or 0:,} jobs", *outcomes, relative(self.folder)]

    @property
    def outcome(self) -> str:
        """The outcome of the sweep itself: "finished", "failed" where a job crashed, "interrupted"."""
        return self.summary.outcome

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each job, by its number; the first columns are the outcome and the metrics."""
        return results(self.folder).set_index("job")

    @cached_property
    def metric(self) -> str:
        """What runs are ranked by: the validation loss where there is one, else the loss."""
        return metric_of(results(self.folder))

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """The settings, the best first: runs that differ in their seeds alone share a row."""
        return ranking(results(self.folder), self.metric)

    @property
    def best(self) -> RunResult | None:
        """The run with the best metric; None where every run failed."""
        table = best_first(results(self.folder), self.metric)
        good = table[table["outcome"].notna() & ~table["outcome"].isin(FAILED)]
        return None if good.empty else self.run(int(good["job"].iloc[0]))

    def run(self, job: int) -> RunResult:
        """The run of a job, as `train` gives it; `UserError` where there is no such job, or it left no run."""
        jobs = SweepFolder(self.folder).jobs()
        if job not in jobs:
            raise UserError(f"the sweep has no job {job}: it has 0 to {len(jobs) - 1}")
        folder = self.folder / jobs[job].folder
        record = read_record(folder)
        if record is None:
            raise UserError(f"job {job} left no run in {folder}")
        return left_run(folder, record)

    @property
    def plot(self) -> Plots:
        """The plots: `sweep.plot()` draws all, `sweep.plot.effects(ax=None)` one, and `list(sweep.plot)` names them."""
        from runner.report.display import Plots
        from runner.sweeps.page.left import read_sweep
        from runner.sweeps.page.sweep_page import PLOTS

        return Plots(read_sweep(self.folder), PLOTS, "sweep")

    def report(self) -> Path:
        """Write the page of the sweep, report.html in its folder; gives its path."""
        from runner.sweeps.page.left import read_sweep
        from runner.sweeps.page.sweep_page import write_sweep_page

        return write_sweep_page(read_sweep(self.folder))

    @property
    def url(self) -> str | None:
        """The address of its page in MLflow, as of a run."""
        return page_of_run(self.folder)


def left_sweep(folder: Path) -> SweepResult:
    """The sweep in a folder; `UserError` where it holds none. One that has not ended has the outcome "running"."""
    sweep = SweepFolder(folder)
    lines = sweep.results()
    summary = sweep.summary
    if summary is None:
        counts: dict[str, int] = {}
        for line in lines:
            counts[line.counted] = counts.get(line.counted, 0) + 1
        summary = SweepSummary("running", "RUNNING", jobs=len(sweep.jobs()), done=len(lines), outcomes=counts)
    return SweepResult(folder, summary)
