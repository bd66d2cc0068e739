"""All plots of a run by name, in the order in which a page shows them."""

from __future__ import annotations

from runner.report.plots import gradients, loss, measures, stability
from runner.report.plots.plot import Plot

PLOTS: dict[str, Plot] = {
    "loss": loss.PLOT,
    "accuracy": measures.ACCURACY,
    "r2": measures.R2,
    "stability": stability.PLOT,
    "gradients": gradients.GRADIENTS,
    "updates": gradients.UPDATES,
}
