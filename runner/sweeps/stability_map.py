"""The map of a sweep: two swept factors, each cell coloured by what came of its runs.

A cell is divided as its runs are: a quarter that went non-finite is a quarter of the cell. The number in it is the mean
of the metric over the runs that came through. The colours can be told apart with any common colour vision (Okabe and
Ito 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.sweeps.ranking import factors_of, importance
from runner.sweeps.results import FAILED

if TYPE_CHECKING:
    import pandas as pd

# From best to worst, in the order in which a cell is filled from below.
COLOURS = {
    "converged": "#009E73",
    "finished": "#9AD8C3",
    "stalled": "#F0E442",
    "diverged": "#E69F00",
    "nan": "#D55E00",
    "failed": "#000000",
    "interrupted": "#BBBBBB",
}
_ON_DARK = ("failed", "nan", "converged")
_MOST_NUMBERS = 260  # cells; more can't be read


def write_map(table: pd.DataFrame, keys: Sequence[str], metric: str, path: Path) -> bool:
    """Draw the map as PNG; False, and nothing drawn, where no factor was swept or no run has ended."""
    axes = axes_of(table, keys, metric)
    ended = table[table["outcome"].notna()]
    if not axes or ended.empty:
        return False
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across, up = axes[0], axes[1] if len(axes) > 1 else None
    columns, rows = _values(ended[across]), _values(ended[up]) if up else [None]
    width = min(16.0, max(6.4, 1.6 + 0.55 * len(columns)))
    figure = Figure(figsize=(width, min(12.0, max(2.6, 1.9 + 0.5 * len(rows)))), layout="constrained")
    FigureCanvasAgg(figure)
    plot = figure.add_subplot()
    texts = len(columns) * len(rows) <= _MOST_NUMBERS and width / len(columns) > 0.42
    for j, row in enumerate(rows):
        for i, column in enumerate(columns):
            cell = ended[(ended[across].map(_key) == column) & (True if up is None else ended[up].map(_key) == row)]
            _draw_cell(plot, i, j, cell, metric if texts else None)
    _label(plot, across, columns, up, rows)
    seen = [name for name in COLOURS if (ended["outcome"] == name).any()]
    _legend(figure, plot, seen, metric if texts else None, _others(table, keys, axes))
    partial = path.with_name(f"{path.name}.partial")
    figure.savefig(partial, format="png", dpi=130)
    partial.replace(path)
    return True


def axes_of(table: pd.DataFrame, keys: Sequence[str], metric: str) -> list[str]:
    """The factors of the map: the two that matter most, the one with more values across."""
    factors = factors_of(table, keys)
    if len(factors) > 2:
        factors = list(importance(table, keys, metric))[:2] or factors[:2]
    return sorted(factors, key=lambda key: -table[key].astype(str).nunique())


def _draw_cell(plot: Any, i: int, j: int, cell: pd.DataFrame, metric: str | None) -> None:
    from matplotlib.patches import Rectangle

    bottom = j - 0.5
    for name, colour in COLOURS.items():
        share = float((cell["outcome"] == name).mean()) if len(cell) else 0.0
        if share:
            plot.add_patch(Rectangle((i - 0.5, bottom), 1, share, facecolor=colour, linewidth=0))
            bottom += share
    plot.add_patch(Rectangle((i - 0.5, j - 0.5), 1, 1, fill=False, edgecolor="white", linewidth=1.2))
    if metric is None:
        return
    good = cell.loc[~cell["outcome"].isin(FAILED), metric].dropna()
    if len(good):
        ink = _ink(cell["outcome"].mode().iloc[0])
        plot.text(i, j, f"{good.mean():.2g}", ha="center", va="center", fontsize=7, color=ink)


def _ink(outcome: str) -> str:
    return "white" if outcome in _ON_DARK else "black"


def _label(plot: Any, across: str, columns: Sequence[Any], up: str | None, rows: Sequence[Any]) -> None:
    plot.set_xlim(-0.5, len(columns) - 0.5)
    plot.set_ylim(-0.5, len(rows) - 0.5)
    stride = -(-len(columns) // 24)
    shown = range(0, len(columns), stride)
    texts = [_text(columns[i]) for i in shown]
    slanted = max(map(len, texts)) * len(texts) > 70
    plot.set_xticks(list(shown), texts, rotation=45 if slanted else 0, ha="right" if slanted else "center", fontsize=8)
    plot.set_yticks(range(len(rows)), [_text(row) if up else "" for row in rows], fontsize=8)
    plot.set_xlabel(across)
    plot.set_ylabel(up or "")
    plot.tick_params(length=0)
    for side in plot.spines.values():
        side.set_visible(False)


def _legend(figure: Any, plot: Any, seen: Sequence[str], metric: str | None, others: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    title = [f"numbers: mean {metric} of the runs that came through"] if metric is not None else []
    title += [f"each cell: all values of {', '.join(others)}"] if others else []
    handles = [Patch(facecolor=COLOURS[name], label=name) for name in seen]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False, fontsize=8)
    if title:
        plot.set_title("; ".join(title), fontsize=8, color="#555555")


def _others(table: pd.DataFrame, keys: Sequence[str], axes: Sequence[str]) -> list[str]:
    return [key for key in keys if key not in axes and table[key].astype(str).nunique() > 1]


def _values(column: pd.Series[Any]) -> list[Any]:
    """The values of a factor in their order: numbers by size, others as they come."""
    known = list(dict.fromkeys(column.map(_key)))
    numeric = all(isinstance(value, (int, float)) for value in known)
    return sorted(known) if numeric else known


def _key(value: object) -> Any:
    return value if isinstance(value, (int, float, str)) else str(value)


def _text(value: object) -> str:
    if isinstance(value, float):
        text = f"{value:.2e}" if value and not 1e-3 <= abs(value) < 1e4 else f"{value:.4g}"
        mantissa, _, exponent = text.partition("e")
        return f"{float(mantissa):g}e{int(exponent)}" if exponent else text
    text = str(value)
    return text if len(text) <= 28 else f"{text[:27]}…"
