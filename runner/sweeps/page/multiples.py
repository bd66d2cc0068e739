"""The losses of all runs, coloured by outcome, in a panel for each value of the factor that matters most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.plots.lines import log_helps, of_losses, plain_ticks, positive
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import AMBER, BAD, BLUE, GREEN, INK, PINK, PURPLE, SOFT
from runner.sweeps.map_cells import OUTCOMES, axes_of, axis_of
from runner.sweeps.page.left import LeftSweep

Column = NDArray[np.float64]

COLOURS = dict(zip(OUTCOMES, (GREEN, BLUE, AMBER, SOFT, PINK, PURPLE, BAD, INK), strict=True))
_MOST = 12  # panels


@dataclass(frozen=True)
class Runs:
    """The steps and losses of some runs with their outcomes, on a scale that all panels share."""

    curves: Sequence[tuple[str, Column, Column]]
    logarithmic: bool
    limits: tuple[float, float]
    last: float


def multiples(sweep: LeftSweep) -> Sequence[Panel]:
    """A panel for each value of one factor; one for all where none was swept."""
    ended, curves = sweep.ended, sweep.curves
    if not any(len(steps) for steps, _ in curves.values()):
        return []
    losses = [losses for _, losses in curves.values()]
    logarithmic = log_helps(losses)
    limits = _limits(losses, logarithmic=logarithmic)
    last = max(float(steps[-1]) for steps, _ in curves.values() if len(steps))
    axes = axes_of(sweep.table, sweep.metric)
    axis = axis_of(ended, axes[0]) if axes else None
    codes = np.zeros(len(ended), dtype=np.int64) if axis is None else axis.codes
    labels = [""] if axis is None else [f"{axis.name} {text}" for text in axis.texts]
    panels = []
    for code in _spread(len(labels)):
        rows = ended[codes == code]
        chosen = [
            (str(outcome), *curves[job])
            for job, outcome in zip(rows["job"], rows["outcome"], strict=True)
            if job in curves
        ]
        if chosen:
            panels.append((labels[code], Runs(chosen, logarithmic, limits, last)))
    return panels


def _spread(count: int) -> list[int]:
    """All of so many values, of many some that are evenly spaced, the first and the last included."""
    shown = min(count, _MOST)
    return sorted({round(k * (count - 1) / max(1, shown - 1)) for k in range(shown)})


def _limits(losses: Sequence[Column], *, logarithmic: bool) -> tuple[float, float]:
    """The range of the losses without the highest ones: those of a run that diverged would flatten all others."""
    known = np.concatenate([values[np.isfinite(values)] for values in losses] or [np.empty(0)])
    known = known[known > 0] if logarithmic else known
    if not len(known):
        return 0.0, 1.0
    first = max(float(values[np.isfinite(values)][0]) for values in losses if np.isfinite(values).any())
    low, high = float(known.min()), min(float(known.max()), 10 * max(first, 1e-300) if first > 0 else first)
    if logarithmic:
        return low / 1.5, max(high, low * 2) * 1.5
    room = 0.05 * ((high - low) or 1.0)
    return low - room, max(high, low) + room


def draw(data: Runs, axes: Any) -> Any:
    """Every loss, those of failed runs above the others."""
    counts = Counter(outcome for outcome, _, _ in data.curves)
    for outcome in OUTCOMES:
        for k, (_, steps, losses) in enumerate([one for one in data.curves if one[0] == outcome]):
            values = positive(losses) if data.logarithmic else losses
            label = f"{outcome} ({counts[outcome]})" if k == 0 else "_"
            values = np.where(np.isfinite(values), values, np.nan)
            axes.plot(steps, values, color=COLOURS[outcome], lw=0.8, alpha=0.65, label=label)
    if data.logarithmic:
        axes.set_yscale("log")
    axes.set_ylim(*data.limits)
    if data.logarithmic:
        plain_ticks(axes)
    axes.set_xlim(-0.015 * data.last, 1.015 * max(data.last, 1.0))
    return of_losses(axes)


def words(panels: Sequence[Panel]) -> str:
    """How the runs of each panel ended."""
    said = []
    for label, data in panels:
        counts = Counter(outcome for outcome, _, _ in data.curves)
        ended = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
        said.append(f"{label}: {ended}" if label else ended)
    return f"{'; '.join(said)}. The scale is the same everywhere and leaves out what lies far above the start."


PLOT = Plot("Every loss, coloured by outcome", multiples, draw, words)
