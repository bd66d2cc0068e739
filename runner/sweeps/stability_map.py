"""The map of a sweep: two swept factors, each cell coloured by the outcomes of its runs, and their metric beside it.

Each cell is divided in proportion to the outcomes of its runs, the best at the bottom. The second panel shows the mean
of the metric over the runs that didn't fail; with one factor, also each run. The colours of the outcomes are
distinguishable with any common colour vision (Okabe and Ito 2008), and so is the scale of the metric, cividis (Nuñez et
al. 2018).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from runner.files.measures import HIGHER_IS_BETTER
from runner.report.plots.style import TURNED
from runner.sweeps.map_cells import OUTCOMES, Axis, Cells, axes_of, cells_of
from runner.sweeps.ranking import metric_of
from runner.sweeps.results import FAILED, swept_columns

if TYPE_CHECKING:
    import pandas as pd

_PALETTE = ("#009E73", "#56B4E9", "#F0E442", "#BBBBBB", "#CC79A7", "#E69F00", "#B23A00", "#000000")
COLOURS = dict(zip(OUTCOMES, _PALETTE, strict=True))
_MOST_TICKS = 24  # labels of an axis
_ROOM = 0.5  # inches that the number in a cell takes
_CHARACTER = 0.075  # inches
_FEW = 10  # columns or rows
_GREY = "#555555"


def write_map(table: pd.DataFrame, path: Path, metric: str | None = None) -> bool:
    """Draw the map as PNG; False, and nothing drawn, where no factor was swept or no run has ended."""
    metric, ended = metric or metric_of(table), table[table["outcome"].notna()]
    axes = axes_of(table, metric)
    if not axes or ended.empty:
        return False
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    cells = cells_of(ended, axes, metric)
    draw = _draw_means if len(axes) > 1 else _draw_runs
    beside = len(axes) > 1 and (len(cells.across.values) <= _FEW or len(cells.up.values) > _FEW)
    width, height = _size(cells, most=7.5 if beside else 12.0)
    room = width / len(cells.across.values)
    figure = Figure(figsize=(2 * width, height) if beside else (width, 2 * height), layout="constrained")
    FigureCanvasAgg(figure)
    outcomes, measured = figure.subplots(1, 2, sharey=True) if beside else figure.subplots(2, 1, sharex=True)
    _draw_outcomes(outcomes, cells, room=room)
    draw(figure, measured, cells, room=room)
    _label_across([outcomes, measured] if beside else [measured], cells.across, width)
    _label_up([outcomes] if beside or len(axes) == 1 else [outcomes, measured], cells.up)
    for plot in (outcomes, measured):
        plot.tick_params(length=0)
        for side in plot.spines.values():
            side.set_visible(False)
    _head(figure, cells, _others(table, axes))
    partial = path.with_name(f"{path.name}.partial")
    figure.savefig(partial, format="png", dpi=130)
    partial.replace(path)
    return True


def _size(cells: Cells, most: float) -> tuple[float, float]:
    """Width and height of one panel in inches; the cells are `most` inches wide at most."""
    columns, rows = len(cells.across.values), len(cells.up.values)
    width = 0.9 + _CHARACTER * max(map(len, cells.up.texts)) + min(most, max(3.6, 0.7 * columns))
    below = 0.7 * _CHARACTER * max(map(len, cells.across.texts)) if _rotated(cells.across, width) else 0.0
    return width, 0.9 + below + min(7.0, max(1.3, 0.45 * rows))


def _draw_outcomes(plot: Any, cells: Cells, *, room: float) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    bottom = np.full(cells.runs.shape, -0.5)
    for colour, share in zip(COLOURS.values(), cells.shares, strict=True):
        places = np.argwhere(share > 0)
        boxes = [Rectangle((i - 0.5, j + bottom[j, i]), 1.0, share[j, i]) for j, i in places]
        plot.add_collection(PatchCollection(boxes, facecolor=colour, edgecolor="none", antialiased=False))
        bottom += share
    _lines_between(plot, cells)
    if room >= _ROOM:
        _label_mixed(plot, cells)
    most, least = int(cells.runs.max()), int(cells.runs[cells.runs > 0].min())
    each = f"{most} run{'s' * (most > 1)}" if most == least else f"{least} to {most} runs"
    plot.set_title(f"outcomes, {each} a cell", fontsize=9, color=_GREY, loc="left")


def _label_mixed(plot: Any, cells: Cells) -> None:
    """Write into cells with some failed runs how many didn't fail."""
    from matplotlib.patheffects import withStroke

    failed = cells.shares[[name in FAILED for name in OUTCOMES]].sum(axis=0)
    for j, i in np.argwhere((failed > 0) & (failed < 1)):
        good = round(cells.runs[j, i] * (1 - failed[j, i]))
        text = plot.text(i, j, f"{good} of {cells.runs[j, i]}", ha="center", va="center", fontsize=8, color="white")
        text.set_path_effects([withStroke(linewidth=2, foreground="black")])


def _draw_means(figure: Any, plot: Any, cells: Cells, *, room: float) -> None:
    from matplotlib.colors import LogNorm, Normalize

    known = np.isfinite(cells.mean)
    plot.set_title(f"mean {cells.metric} of runs that didn't fail", fontsize=9, color=_GREY, loc="left")
    plot.set_facecolor("#EEEEEE")
    if not known.any():
        return
    low, high = float(cells.mean[known].min()), float(cells.mean[known].max())
    scale = LogNorm(low, high) if cells.logarithmic and high > low else Normalize(low, high)
    colours = "cividis" if cells.metric in HIGHER_IS_BETTER else "cividis_r"
    shown = plot.imshow(np.ma.masked_invalid(cells.mean), cmap=colours, norm=scale, aspect="auto", origin="lower")
    _lines_between(plot, cells)
    if room < _ROOM:
        figure.colorbar(shown, ax=plot, pad=0.01).ax.tick_params(labelsize=7)
        return
    for j, i in np.argwhere(known):
        red, green, blue, _ = shown.cmap(scale(cells.mean[j, i]))
        ink = "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else "white"
        plot.text(i, j, f"{cells.mean[j, i]:.3g}", ha="center", va="center", fontsize=8, color=ink)


def _draw_runs(figure: Any, plot: Any, cells: Cells, *, room: float) -> None:
    known = np.isfinite(cells.values)
    plot.set_title(f"{cells.metric} of each run that didn't fail, and the mean", fontsize=9, color=_GREY, loc="left")
    plot.plot(cells.across.codes[known], cells.values[known], "o", ms=3.5, color="#0072B2", alpha=0.45, mew=0)
    plot.plot(range(cells.mean.shape[1]), cells.mean[0], "-_", color="black", lw=1, ms=8)
    if cells.logarithmic:
        plot.set_yscale("log")
    plot.grid(axis="y", color="#DDDDDD", lw=0.6)
    plot.tick_params(axis="y", labelsize=8)


def _lines_between(plot: Any, cells: Cells) -> None:
    rows, columns = cells.runs.shape
    plot.vlines(np.arange(columns + 1) - 0.5, -0.5, rows - 0.5, color="white", lw=1.2 if columns <= 30 else 0.4)
    plot.hlines(np.arange(rows + 1) - 0.5, -0.5, columns - 0.5, color="white", lw=1.2 if rows <= 30 else 0.4)
    plot.set_ylim(-0.5, rows - 0.5)


def _label_across(plots: list[Any], axis: Axis, width: float) -> None:
    texts, shown = axis.texts, _shown(axis)
    turned = TURNED if _rotated(axis, width) else {}
    for plot in plots:
        plot.set_xlim(-0.5, len(texts) - 0.5)
        plot.set_xticks(list(shown), [texts[k] for k in shown], fontsize=8, parse_math=False, **turned)
        plot.set_xlabel(axis.name, parse_math=False)


def _label_up(plots: list[Any], axis: Axis) -> None:
    for plot in plots:
        plot.set_yticks(list(_shown(axis)), [axis.texts[k] for k in _shown(axis)], fontsize=8, parse_math=False)
        plot.set_ylabel(axis.name, parse_math=False)


def _shown(axis: Axis) -> range:
    """Which values are labelled."""
    return range(0, len(axis.values), -(-len(axis.values) // _MOST_TICKS))


def _rotated(axis: Axis, width: float) -> bool:
    """Whether the labels are too long to stand side by side."""
    texts = [axis.texts[k] for k in _shown(axis)]
    return _CHARACTER * (max(map(len, texts)) + 1) * len(texts) > width - 1.0


def _head(figure: Any, cells: Cells, others: list[str]) -> None:
    from matplotlib.patches import Patch

    seen = [(name, colour) for (name, colour), share in zip(COLOURS.items(), cells.shares, strict=True) if share.any()]
    handles = [Patch(facecolor=colour, label=name) for name, colour in seen]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False, fontsize=9)
    if others:
        figure.supxlabel(f"over all values of {', '.join(others)}", fontsize=8, color=_GREY, parse_math=False)


def _others(table: pd.DataFrame, axes: list[str]) -> list[str]:
    return [key for key in swept_columns(table) if key not in axes and table[key].nunique(dropna=False) > 1]
