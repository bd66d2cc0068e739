"""The loss over the steps, on the training and the validation data, with what happened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runner.report.left import LeftRun
from runner.report.plots.lines import Curves, draw_curves, first_and_last, short
from runner.report.plots.marks import checkpoints, marks
from runner.report.plots.plot import Panel, Plot, only

_LABELS = {"loss": "training", "valid_loss": "validation"}


def loss_curves(run: LeftRun) -> Curves | None:
    """The losses of a run; None where none was finite."""
    curves = {label: values for name, label in _LABELS.items() if (values := run.column(name)) is not None}
    if "training" not in curves:
        return None
    watched = "valid_loss" if "validation" in curves else "loss"
    values = run.history[watched]
    known = np.where(np.isfinite(values), values, np.inf)
    best = int(known.argmin())
    points = {}
    if 0 < best < len(values) - 1:  # else the curve's end says it
        points[f"best, step {int(run.steps[best]):,}"] = (float(run.steps[best]), float(values[best]))
    return Curves(run.steps, curves, "loss", [*marks(run), *checkpoints(run)], points=points)


def words(panels: Sequence[Panel]) -> str:
    """What the curves do."""
    data: Curves = panels[0][1]
    said = []
    for label, values in data.curves.items():
        first, last = first_and_last(values)
        said.append(f"{label} loss from {short(first)} to {short(last)}")
    said += [*data.points, *(mark.label for mark in data.marks)]
    return "; ".join(said) + "."


PLOT = Plot("Loss", lambda run: only(loss_curves(run)), draw_curves, words, wide=True)
