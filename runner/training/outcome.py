"""The outcome of a run, from its losses and, where the task has one, its own measure."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from runner.settings.outcome import OutcomeSettings

Outcome = Literal["nan", "diverged", "stalled", "converged", "finished", "interrupted", "failed"]


def judge(losses: NDArray[np.float64], quality: float, good: float, settings: OutcomeSettings) -> Outcome:
    """Judge a run that went to its end with these losses, one a step.

    `quality` is the task's own measure at the end (accuracy, or R² for regression) and `good` what counts as good.
    """
    first, last = float(losses[0]), float(losses[-1])
    if not math.isfinite(last):
        return "nan"
    if last > settings.diverged * first:
        return "diverged"
    if quality >= good:
        return "converged"
    # Means over a tenth of the run: the losses of mini-batches scatter.
    tenth = max(1, len(losses) // 10)
    end, before = float(np.mean(losses[-tenth:])), float(np.mean(losses[-2 * tenth :][:tenth]))
    flat = abs(before - end) <= settings.flat * abs(before)
    if flat and end <= settings.low_loss * first:
        return "converged"
    if end > (1 - settings.stalled) * first:
        return "stalled"
    return "finished"


def r_squared(A: NDArray[Any], Y: NDArray[Any]) -> float:
    """The coefficient of determination over all outputs; A and Y are (outputs, n)."""
    with np.errstate(all="ignore"):
        residual = float(np.square(Y - A).sum())
        spread = float(np.square(Y - Y.mean(axis=1, keepdims=True)).sum())
        return 1.0 - residual / spread if spread > 0 else float(residual == 0.0)
