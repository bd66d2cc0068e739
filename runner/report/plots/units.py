"""Dead and saturated units: layers against time, at the steps at which they were counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.left import LeftRun
from runner.report.plots.gradients import named
from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BAD, GROUND, HEIGHT, WIDTH

_TICKS = 6
_PER_LAYER = 0.28  # inches


@dataclass(frozen=True)
class Shares:
    """The share of each layer's units (layers, measurements) that are `kind`, at some steps."""

    kind: str
    layers: Sequence[str]
    steps: NDArray[np.int64]
    shares: NDArray[np.float64]


def shares(run: LeftRun, kind: str) -> Shares | None:
    """The shares of a run; None where none was counted, or all are 0."""
    columns = run.columns(kind)
    if not columns:
        return None
    table = np.array(list(columns.values()))
    known = np.isfinite(table).any(axis=0)
    if not (table[:, known] > 0).any():
        return None
    return Shares(kind, [named(label) for label in columns], run.steps[known].astype(np.int64), table[:, known])


def draw(data: Shares, axes: Any) -> Any:
    """A cell for each layer and measurement, from pale for none to full colour for all of its units."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    scale = LinearSegmentedColormap.from_list("share", [to_rgba(BAD, 0.05), to_rgba(BAD, 1.0)])
    layers, count = data.shares.shape
    mesh = axes.pcolormesh(data.shares, cmap=scale, vmin=0.0, vmax=1.0, edgecolor=GROUND, linewidth=0.6)
    axes.figure.colorbar(mesh, ax=axes, pad=0.02, ticks=[0, 0.5, 1], format=lambda value, _: f"{value:.0%}")
    axes.grid(visible=False)
    axes.invert_yaxis()
    every = max(1, -(-layers // 12))
    axes.set_yticks([k + 0.5 for k in range(0, layers, every)], [data.layers[k] for k in range(0, layers, every)])
    shown = sorted({round(k * (count - 1) / (_TICKS - 1)) for k in range(_TICKS)})
    axes.set_xticks([k + 0.5 for k in shown], [f"{data.steps[k]:,}" for k in shown])
    axes.tick_params(length=0)
    axes.set_xlabel("step (at logarithmic distances)")
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


def size(data: Shares) -> tuple[float, float]:
    """As high as the layers are many."""
    return WIDTH, min(HEIGHT, 1.1 + _PER_LAYER * max(2, len(data.layers)))


def words(panels: Sequence[Panel]) -> str:
    """The largest share of each layer, and where it was."""
    data: Shares = panels[0][1]
    said = []
    for layer, row in zip(data.layers, data.shares, strict=True):
        if (row > 0).any():
            most = int(np.nanargmax(row))
            said.append(f"{layer}: up to {row[most]:.0%} {data.kind}, at step {data.steps[most]:,}")
    return f"{'; '.join(said)}."


DEAD = Plot("Dead units", lambda run: only(shares(run, "dead")), draw, words, size)
SATURATED = Plot("Saturated units", lambda run: only(shares(run, "saturated")), draw, words, size)
