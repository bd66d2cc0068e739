"""What a sweep leaves for people: a table of all jobs, their ranking, the map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runner.sweeps.files import SweepFolder
from runner.sweeps.ranking import importance, metric_of, ranking
from runner.sweeps.results import results, swept_columns, write_parquet
from runner.sweeps.stability_map import write_map

if TYPE_CHECKING:
    import pandas as pd

TABLE, RANKING, MAP = "results.parquet", "ranking.md", "map.png"


def write_results(folder: Path) -> list[str]:
    """Write results.parquet, ranking.md and, where a factor was swept, map.png; the names of those written."""
    table = results(folder)
    keys, metric = swept_columns(SweepFolder(folder).described["factors"]), metric_of(table)
    write_parquet(table, folder / TABLE)
    (folder / RANKING).write_text("\n".join(_lines(table, keys, metric)) + "\n", encoding="utf-8")
    drawn = write_map(table, keys, metric, folder / MAP)
    return [TABLE, RANKING, *([MAP] if drawn else [])]


def markdown(table: pd.DataFrame) -> list[str]:
    """A table as lines of Markdown; bars in its cells are escaped."""
    cells = [[cell(value).replace("|", "\\|") for value in row] for row in table.itertuples(index=False)]
    header = [str(name).replace("|", "\\|") for name in table.columns]
    return [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *cells)]


def cell(value: object) -> str:
    """A value as a table shows it: numbers short, nothing for what is unknown."""
    if value is None or str(value) in ("<NA>", "nan"):
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def _lines(table: pd.DataFrame, keys: list[str], metric: str) -> Iterator[str]:
    ended = table["outcome"].dropna()
    counts = ", ".join(f"{count} {outcome}" for outcome, count in Counter(ended).most_common())
    yield f"# {len(ended)} of {len(table)} runs: {counts or 'none has ended'}"
    yield ""
    yield f"Ranked by {metric}: groups with fewer failed runs first, then by their mean."
    yield ""
    yield from markdown(ranking(table, keys, metric))
    shares = importance(table, keys, metric)
    if shares:
        yield ""
        yield "How much of the differences in rank each factor explains alone:"
        yield ""
        yield from (f"- {factor}: {share:.0%}" for factor, share in shares.items())
