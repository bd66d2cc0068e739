"""The files of a sweep to be read by people: a table of all jobs, their ranking, the map."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runner.files.names import MAP, RANKING, RATES, TABLE
from runner.sweeps.ranking import importance, metric_of, ranking
from runner.sweeps.rate_finder import RateFinding, compare_rates, draw_rates
from runner.sweeps.results import results, write_parquet
from runner.sweeps.stability_map import write_map

if TYPE_CHECKING:
    import pandas as pd

# Only needed for the table and the map.
_LATE = ("pandas", "pyarrow.parquet", "matplotlib.figure", "matplotlib.backends.backend_agg")


def get_ready() -> Iterator[None]:
    """Import what `write_results` needs, half a second per step, while the workers train."""
    for name in _LATE:
        yield
        importlib.import_module(name)


def write_results(folder: Path) -> list[str]:
    """Write results.parquet, ranking.md and, where a factor was swept, map.png; the names of those written.

    Where learning rates alone were swept, ranking.md compares them, and rates.png draws that.
    """
    table = results(folder)
    rates = compare_rates(folder, table)
    write_parquet(table, folder / TABLE)
    lines = [*_lines(table), *([] if rates is None else _of_rates(rates))]
    (folder / RANKING).write_text("\n".join(lines) + "\n", encoding="utf-8")
    drawn = [MAP] if write_map(table, folder / MAP) else []
    if rates is not None:
        draw_rates(rates, folder / RATES)
        drawn.append(RATES)
    return [TABLE, RANKING, *drawn]


def markdown(table: pd.DataFrame) -> list[str]:
    """A table as lines of Markdown."""
    return markdown_rows([list(map(str, table.columns)), *(map(cell, row) for row in table.itertuples(index=False))])


def markdown_rows(rows: Iterable[Iterable[str]]) -> list[str]:
    """Rows of cells, the first of them the header, as lines of Markdown; what would end a cell is escaped."""
    header, *rest = [[text.replace("|", "\\|").replace("\n", " ") for text in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rest)]


def cell(value: object) -> str:
    """A value as a table shows it: numbers short, nothing for what is unknown."""
    if value is None or str(value) == "<NA>" or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def bars(shares: Mapping[str, float], width: int = 20) -> dict[str, str]:
    """A bar of at most so many characters for each share."""
    return {name: "━" * round(width * share) for name, share in shares.items()}


def _lines(table: pd.DataFrame) -> Iterator[str]:
    ended, metric = table["outcome"].dropna(), metric_of(table)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in Counter(ended).most_common())
    yield f"# {len(ended)} of {len(table)} runs: {counts or 'none has ended'}"
    yield ""
    yield f"Ranked by {metric}, the median over the runs of a group; runs that failed count as the worst in it."
    yield ""
    yield from markdown(ranking(table, metric))
    shares = importance(table, metric)
    if shares:
        yield ""
        yield "How much of the differences in rank each factor explains alone, beyond chance:"
        yield ""
        yield from markdown_rows([("factor", "share", ""), *_shares(shares)])


def _of_rates(found: RateFinding) -> Iterator[str]:
    yield from ("", "The learning rates, and the largest that were stable, as measured during the runs:", "")
    yield from markdown(found.table)
    yield from ("", f"Suggested: {found.sentence}")


def _shares(shares: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    drawn = bars(shares)
    return ((name, f"{share:.0%}", drawn[name]) for name, share in shares.items())
