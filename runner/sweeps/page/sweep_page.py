"""The page of a sweep as text, and the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.files.names import REPORT
from runner.report.page.figures import figures
from runner.report.page.rendering import keep, render
from runner.report.plots.plot import Plot
from runner.sweeps.map_cells import OUTCOMES
from runner.sweeps.outcome_files import cell
from runner.sweeps.page import effects, importance, maps, multiples
from runner.sweeps.page.left import LeftSweep
from runner.sweeps.ranking import SEEDS, best_first, ranking
from runner.sweeps.results import FAILED, swept_columns
from runner.tracking.content.naming import sweep_name

if TYPE_CHECKING:
    import pandas as pd

PLOTS: dict[str, Plot] = {
    "maps": maps.PLOT,
    "effects": effects.PLOT,
    "importance": importance.PLOT,
    "losses": multiples.PLOT,
}
_RANKED, _LISTED = 200, 1000  # rows of a table
_OPEN = 12  # rows of the ranking that are seen at once
_TONES = {"converged": "good", "finished": "good", **dict.fromkeys(FAILED, "bad")}


def write_sweep_page(sweep: LeftSweep) -> Path:
    """Write the page of a sweep into its folder, completely or not at all; gives its path."""
    return keep(sweep_page(sweep), sweep.folder / REPORT)


def sweep_page(sweep: LeftSweep) -> str:
    """The page of a sweep."""
    ended = sweep.ended
    counts = Counter(ended["outcome"])
    ranked = ranking(sweep.table, sweep.metric) if len(ended) else ended
    varied = [key for key in swept_columns(sweep.table) if sweep.table[key].nunique(dropna=False) > 1]
    seeds = [key for key in varied if key in SEEDS]
    runs = best_first(sweep.table, sweep.metric) if sweep.metric in sweep.table else sweep.table
    return render(
        "sweep.html",
        title=sweep_name(sweep.record),
        typed=" ".join(sweep.record.overrides),
        outcomes=[(name, counts[name], _TONES.get(name, "open")) for name in OUTCOMES if counts[name]],
        sentence=_sentence(sweep, counts),
        reason=None if sweep.summary is None else sweep.summary.reason,
        metric=sweep.metric,
        seeds=", ".join(seeds),
        ranked=_rows(ranked.head(_RANKED)),
        open_rows=_OPEN,
        more_ranked=max(0, len(ranked) - _RANKED),
        figures=list(figures(sweep, PLOTS)),
        causes=list(_causes(ended)),
        runs=[_run(sweep, row, varied) for row in runs.head(_LISTED).to_dict("records")],
        varied=varied,
        more_runs=max(0, len(runs) - _LISTED),
        started=sweep.record.started,
    )


def _sentence(sweep: LeftSweep, counts: Counter[str]) -> str:
    done, jobs = len(sweep.ended), len(sweep.table)
    state = "" if sweep.summary is not None else " The sweep has not ended."
    how = ", ".join(f"{counts[name]:,} {name}" for name in OUTCOMES if counts[name])
    return f"{done:,} of {jobs:,} runs have ended{f': {how}' if how else ''}.{state}"


def _rows(table: pd.DataFrame) -> dict[str, Any]:
    """A table as names of columns and rows of texts."""
    return {
        "columns": [str(name) for name in table.columns],
        "rows": [
            [_cell(str(name), value) for name, value in zip(table.columns, row, strict=True)] for row in _of(table)
        ],
    }


def _of(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return table.itertuples(index=False, name=None)


def _cell(name: str, value: Any) -> str:
    return f"{value:.0%}" if name == "failed" else cell(value)


def _causes(ended: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The failed runs by cause: how many, with which outcomes, and the first of them."""
    failed = ended[ended["outcome"].isin(FAILED)]
    for cause, runs in failed.groupby(failed["cause"].fillna("no cause found"), sort=False):
        outcomes = ", ".join(f"{count} {name}" for name, count in Counter(runs["outcome"]).most_common())
        reasons = [str(reason) for reason in runs["reason"].dropna().unique()][:1]
        yield {"cause": cause, "count": len(runs), "outcomes": outcomes, "reason": "".join(reasons)}


def _run(sweep: LeftSweep, row: Mapping[Any, Any], varied: list[str]) -> dict[str, Any]:
    """A run as a row: its number, its values, how it ended, and a link to its page, else to its folder."""
    folder = str(row["folder"])
    page = Path(folder, REPORT)
    inside = not Path(folder).is_absolute() and ".." not in Path(folder).parts
    link = str(page) if inside and (sweep.folder / page).is_file() else f"{folder}/" if inside else ""
    outcome = row["outcome"] if isinstance(row["outcome"], str) else "not ended"
    return {
        "job": row["job"],
        "link": link,
        "values": [cell(row[key]) for key in varied],
        "outcome": outcome,
        "tone": _TONES.get(outcome, "open"),
        "metric": cell(row.get(sweep.metric)),
        "cause": cell(row["cause"]),
    }
