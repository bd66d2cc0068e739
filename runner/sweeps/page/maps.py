"""Two swept factors against each other: the share of runs that failed, and the metric of those that did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from runner.files.measures import HIGHER_IS_BETTER
from runner.report.plots.lines import short
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import BAD, BLUE, FULL, GROUND, INK, TURNED, cut
from runner.sweeps.map_cells import OUTCOMES, Axis, Cells, axes_of, cells_of
from runner.sweeps.page.left import LeftSweep
from runner.sweeps.results import FAILED

_MOST_PAIRS = 3
_NUMBERS = 8  # columns up to which each cell has its number
_LONGEST = 14  # characters of a value
_TICKS = 12


@dataclass(frozen=True)
class Map:
    """The cells of two factors; `failures` says that the share of failed runs is drawn, else the metric."""

    cells: Cells
    failures: bool

    @property
    def failed(self) -> Any:
        """The share of the runs of each cell that failed, NaN where there is no run; (rows, columns)."""
        shares = self.cells.shares[[name in FAILED for name in OUTCOMES]].sum(axis=0)
        return np.where(self.cells.runs > 0, shares, np.nan)


def maps(sweep: LeftSweep) -> Sequence[Panel]:
    """Two panels for each pair of factors, of many pairs those that matter most."""
    if len(sweep.factors) < 2 or sweep.ended.empty:
        return []
    first = axes_of(sweep.table, sweep.metric)
    others = [pair for pair in combinations(sweep.factors, 2) if set(pair) != set(first)]
    panels = []
    for pair in [tuple(first), *others][:_MOST_PAIRS]:
        cells = cells_of(sweep.ended, list(pair), sweep.metric)
        panels.append(("share of runs that failed", Map(cells, failures=True)))
        if np.isfinite(cells.mean).any():
            panels.append((f"mean {sweep.metric} of the others", Map(cells, failures=False)))
    return panels


def draw(data: Map, axes: Any) -> Any:
    """A cell for each pair of values; the fuller its colour, the more of its runs failed, or the better they were."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize, to_rgba

    cells, values = data.cells, data.failed if data.failures else data.cells.mean
    tone = BAD if data.failures else BLUE
    scale: Any = Normalize(0, 1)
    known = values[np.isfinite(values)]
    colours = [to_rgba(tone, 0.04), to_rgba(tone, FULL)]
    if not data.failures:
        low, high = float(known.min()), float(known.max())
        scale = LogNorm(low, high) if cells.logarithmic and high > low > 0 else Normalize(low, high)
        if cells.metric not in HIGHER_IS_BETTER:
            colours.reverse()
    faded = LinearSegmentedColormap.from_list("values", colours)
    rows, columns = values.shape
    mesh = axes.pcolormesh(np.ma.masked_invalid(values), cmap=faded, norm=scale, edgecolor=GROUND, linewidth=0.8)
    if columns <= _NUMBERS and rows <= _NUMBERS:
        for row, column in np.argwhere(np.isfinite(values)):
            text = f"{values[row, column]:.0%}" if data.failures else short(float(values[row, column]))
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7.5, color=INK)
    else:
        axes.figure.colorbar(mesh, ax=axes, pad=0.02)
    _label(axes.set_xticks, cells.across, rotated=max(map(len, cells.across.texts)) * columns > 34)
    _label(axes.set_yticks, cells.up, rotated=False)
    axes.set_xlabel(cells.across.name)
    axes.set_ylabel(cells.up.name)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


def _label(set_ticks: Any, axis: Axis, *, rotated: bool) -> None:
    texts = [cut(text, _LONGEST) for text in axis.texts]
    shown = range(0, len(texts), -(-len(texts) // _TICKS))
    set_ticks([k + 0.5 for k in shown], [texts[k] for k in shown], **(TURNED if rotated else {}))


def words(panels: Sequence[Panel]) -> str:
    """Where no run failed, and where all did."""
    said = []
    for data in [data for _, data in panels if data.failures]:
        runs, failed = data.cells.runs > 0, data.failed
        names = f"{data.cells.across.name} and {data.cells.up.name}"
        never, always = int((failed[runs] == 0).sum()), int((failed[runs] == 1).sum())
        said.append(f"{names}: no run failed in {never} of {int(runs.sum())} cells, every run in {always}")
    return f"{'; '.join(said)}."


PLOT = Plot("Stability, two factors at a time", maps, draw, words)
