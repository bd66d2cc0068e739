"""Accuracy, or R² of a regression, over the steps at which it was evaluated."""

from __future__ import annotations

from collections.abc import Sequence

from runner.report.left import LeftRun
from runner.report.plots.lines import Curves, draw_curves, first_and_last, short
from runner.report.plots.marks import marks
from runner.report.plots.plot import Panel, Plot, only

# The columns of each measure, and what they are called.
_MEASURES = {
    "accuracy": {"accuracy": "training", "valid_accuracy": "validation"},
    "R²": {"r2": "training", "valid_r2": "validation"},
}


def measure_curves(run: LeftRun) -> Curves | None:
    """The measure of the run's task; None where none was evaluated."""
    for unit, names in _MEASURES.items():
        curves = {label: values for name, label in names.items() if (values := run.column(name)) is not None}
        if curves:
            return Curves(run.steps, curves, unit, marks(run), logarithmic=False)
    return None


def words(panels: Sequence[Panel]) -> str:
    """What the curves do."""
    data: Curves = panels[0][1]
    ends = [(label, *first_and_last(values)) for label, values in data.curves.items()]
    return "; ".join(f"{label} {data.unit} from {short(a)} to {short(b)}" for label, a, b in ends) + "."


ACCURACY = Plot("Accuracy", lambda run: only(_of(run, "accuracy")), draw_curves, words)
R2 = Plot("R²", lambda run: only(_of(run, "R²")), draw_curves, words)


def _of(run: LeftRun, unit: str) -> Curves | None:
    curves = measure_curves(run)
    return curves if curves is not None and curves.unit == unit else None
