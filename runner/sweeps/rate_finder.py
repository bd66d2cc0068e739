"""The learning rates of a sweep compared: the loss that each reaches, the stability limit, and the one to take.

Each rate is run by itself. One run whose rate rises from step to step (Smith 2017) was rejected: what a rate does is
seen there at parameters that the rates before have led to, and where it breaks depends on how fast the rate rises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from runner.files.history import read_history
from runner.files.measures import HIGHER_IS_BETTER
from runner.files.names import HISTORY
from runner.sweeps.ranking import factors_of, metric_of
from runner.sweeps.results import FAILED

if TYPE_CHECKING:
    import pandas as pd

LR = "optimizer.lr"
_FEWEST = 3


@dataclass(frozen=True)
class RateFinding:
    """A row for each rate, in `table`, and the `suggested` one, None where every rate is bad; `metric` is compared.

    The columns: `lr`, `runs`, `failed` (the share whose outcome is nan, diverged or failed), the median of the metric
    over the others, and of the stability limit `limit at start` and `lowest limit`, the lowest that any run measured.
    """

    table: pd.DataFrame
    metric: str
    suggested: float | None

    @property
    def sentence(self) -> str:
        """What to take, and why."""
        if self.suggested is None:
            return "no rate is suggested: at each of them some run failed, or it is above its limit; try smaller ones"
        why = f"the best median {self.metric} of the rates at which no run failed"
        rates = self.table["lr"]
        if self.table["limit at start"].notna().any():
            why += " and that are stable at the start"
        ends = {float(rates.min()): "smallest", float(rates.max()): "largest"}
        if self.suggested in ends:
            why += f"; it is the {ends[self.suggested]} that was tried, and beyond it may be a better one"
        return f"{LR}={self.suggested:g}: {why}"


def compare_rates(folder: Path, table: pd.DataFrame) -> RateFinding | None:
    """The rates of the sweep in `folder`, whose results are in `table`; None where other settings were swept, too."""
    import pandas as pd

    ended = table[table["outcome"].notna()]
    if factors_of(table) != [LR] or table[LR].dtype.kind not in "if" or ended[LR].nunique() < _FEWEST:
        return None
    metric = metric_of(table)
    rows = pd.DataFrame([_row(folder, float(str(lr)), runs, metric) for lr, runs in ended.groupby(LR)])
    stable = ~(rows["lr"] > rows["limit at start"])  # so, too, where no limit is known
    sound = rows[(rows["failed"] == 0) & rows[metric].notna() & stable]
    best_first = sound.sort_values(metric, ascending=metric not in HIGHER_IS_BETTER, kind="stable")
    return RateFinding(rows, metric, None if sound.empty else float(best_first["lr"].iloc[0]))


def _row(folder: Path, lr: float, runs: pd.DataFrame, metric: str) -> dict[str, Any]:
    failed = runs["outcome"].isin(FAILED)
    limits = [limit for name in runs["folder"] if len(limit := np.fromiter(_limits(folder / str(name), lr), float))]
    return {
        "lr": lr,
        "runs": len(runs),
        "failed": float(failed.mean()),
        metric: float(runs[~failed][metric].median()) if not failed.all() else np.nan,
        "limit at start": float(np.median([each[0] for each in limits])) if limits else np.nan,
        "lowest limit": float(min(each.min() for each in limits)) if limits else np.nan,
    }


def _limits(folder: Path, lr: float) -> Iterator[float]:
    """The stability limits that a run measured, in their order: its rate over its column `stability`."""
    if (folder / HISTORY).is_file():
        measured = read_history(folder / HISTORY).get("stability", np.empty(0))
        yield from (lr / value for value in measured.tolist() if value > 0)


def draw_rates(found: RateFinding, path: Path) -> None:
    """Draw the metric and the stability limit against the rate as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from runner.report.plots.lines import plain_ticks
    from runner.report.plots.style import BAD, BLUE, GROUND, INK, ORANGE, SOFT, legend, styled

    rates = found.table["lr"].to_numpy()
    with styled():
        figure = Figure(figsize=(5.2, 5.0), facecolor=GROUND)
        FigureCanvasAgg(figure)
        above, below = figure.subplots(2, 1, sharex=True)
        values, failed = found.table[found.metric].to_numpy(), found.table["failed"].to_numpy() > 0
        above.plot(rates, values, "-", color=BLUE, lw=1)
        above.plot(rates[~failed], values[~failed], "o", color=BLUE, ms=4, label=f"median {found.metric}")
        some = failed & np.isfinite(values)
        if some.any():
            above.plot(rates[some], values[some], "X", color=BAD, ms=6, label="some runs failed")
        for rate in rates[failed & ~np.isfinite(values)]:
            above.axvline(rate, color=BAD, lw=1, ls=":")
        if found.metric not in HIGHER_IS_BETTER and (values > 0).any():  # every run may have failed
            above.set_yscale("log")
        above.set_ylabel(found.metric)
        below.plot(rates, found.table["limit at start"], "-", color=ORANGE, label="stability limit at the start")
        below.plot(rates, found.table["lowest limit"], ".--", color=ORANGE, lw=1, label="the lowest measured")
        below.plot(rates, rates, color=SOFT, lw=1, label="the rate itself")
        below.set_yscale("log")
        below.set_xlabel(LR)
        for axes in (above, below):
            axes.set_xscale("log")
            plain_ticks(axes, "x")
            if axes.get_yscale() == "log":
                plain_ticks(axes)
            if found.suggested is not None:
                label = f"suggested: {found.suggested:g}" if axes is above else None
                axes.axvline(found.suggested, color=INK, lw=1, label=label)
            legend(axes)
        partial = path.with_name(f"{path.name}.partial")
        figure.savefig(partial, format="png", dpi=130)
    partial.replace(path)
