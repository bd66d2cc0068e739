"""Gradient norms, and updates as a share of the weights, per layer over the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.report.left import LeftRun
from runner.report.plots.lines import Column, Curves, draw_curves, first_and_last, short
from runner.report.plots.marks import nonfinite
from runner.report.plots.plot import Panel, Plot, only

# Updates of a thousandth of the weights are a common rule of thumb (CS231n, "Ratio of weights:updates").
_USUAL_RATIO = 1e-3
_DESCRIBED = 6  # curves that are all described; of more the first and the last


def gradient_curves(run: LeftRun) -> Curves | None:
    """The norm of the gradient of each layer, else of all parameters."""
    curves = run.columns("grad_norm")
    if not curves and (whole := run.column("grad_norm")) is not None:
        curves = {"all parameters": whole}
    return _curves(run, curves, "gradient norm")


def ratio_curves(run: LeftRun) -> Curves | None:
    """The norm of each layer's update over that of its weights."""
    level = (_USUAL_RATIO, "1e-3, a usual ratio")
    return _curves(run, run.columns("update_ratio"), "update / weights", level)


def named(label: str) -> str:
    """A layer in words; the name of somebody's own array as it is."""
    kind, _, number = label.partition("_")
    return f"layer {number}" if kind == "layer" and number.isdigit() else label


def words(panels: Sequence[Panel]) -> str:
    """Where the curves begin and end."""
    data: Curves = panels[0][1]
    labels = list(data.curves)
    described = labels if len(labels) <= _DESCRIBED else [labels[0], labels[-1]]
    ends = [(label, *first_and_last(data.curves[label])) for label in described]
    said = [f"{label} from {short(a)} to {short(b)}" for label, a, b in ends]
    return f"{data.unit}: {'; '.join(said)}{''.join(f'; {mark.label}' for mark in data.marks)}."


def _curves(
    run: LeftRun, curves: Mapping[str, Column], unit: str, level: tuple[float, str] | None = None
) -> Curves | None:
    if not curves:
        return None
    labelled = {named(label): values for label, values in curves.items()}
    return Curves(run.steps, labelled, unit, nonfinite(run), level, logarithmic=True)


GRADIENTS = Plot("Gradient norms", lambda run: only(gradient_curves(run)), draw_curves, words)
UPDATES = Plot("Update ratios", lambda run: only(ratio_curves(run)), draw_curves, words)
