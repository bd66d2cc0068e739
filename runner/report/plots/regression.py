"""Predicted against true targets of a regression, and what is left between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from runner.report.left import LeftRun
from runner.report.plots.answers import Predicted, predicted
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import BLUE, SOFT

_MOST_POINTS = 500
_MOST_TARGETS = 4


def panels(run: LeftRun) -> Sequence[Panel]:
    """A panel for each target, of many the first."""
    found = predicted(run)
    return [("" if len(found) == 1 else one.target, one) for one in found[:_MOST_TARGETS]]


def draw_predicted(data: Predicted, axes: Any) -> Any:
    """Each sample as a point, beside the line on which right answers lie."""
    both = np.concatenate([data.true, data.predicted])
    ends = [float(both.min()), float(both.max())]
    axes.plot(ends, ends, color=SOFT, lw=1, ls=(0, (4, 3)))
    _points(axes, data.true, data.predicted)
    axes.set_xlabel(f"true {data.target}")
    axes.set_ylabel("predicted")
    return axes


def draw_residuals(data: Predicted, axes: Any) -> Any:
    """What each prediction lacks, against the prediction: a pattern is something that was not learnt."""
    axes.axhline(0.0, color=SOFT, lw=1, ls=(0, (4, 3)))
    _points(axes, data.predicted, data.true - data.predicted)
    axes.set_xlabel(f"predicted {data.target}")
    axes.set_ylabel("true - predicted")
    return axes


def _points(axes: Any, x: Any, y: Any) -> None:
    every = max(1, -(-len(x) // _MOST_POINTS))
    axes.plot(x[::every], y[::every], "o", ms=3.5, color=BLUE, alpha=0.55, mew=0)


def predicted_words(panels: Sequence[Panel]) -> str:
    """R² of each target."""
    said = []
    for _, data in panels:
        whole = float(np.square(data.true - data.true.mean()).sum())
        left = float(np.square(data.true - data.predicted).sum())
        measure = f"R² {1 - left / whole:.3f}" if whole else "all true values are equal"
        said.append(f"{data.target} on {len(data.true):,} {data.part} samples: {measure}")
    return f"{'; '.join(said)}."


def residual_words(panels: Sequence[Panel]) -> str:
    """How large the residuals are."""
    said = []
    for _, data in panels:
        left = data.true - data.predicted
        root = float(np.sqrt(np.square(left).mean()))
        said.append(f"{data.target}: root mean square {root:.3g}, largest {np.abs(left).max():.3g}")
    return f"{'; '.join(said)}."


PREDICTED = Plot("Predicted against true", panels, draw_predicted, predicted_words)
RESIDUALS = Plot("Residuals", panels, draw_residuals, residual_words)
