"""All plots of a run by name, in the order in which a page shows them."""

from __future__ import annotations

from runner.report.plots import (
    boundary,
    confusion,
    distributions,
    fit,
    fixes,
    gradients,
    loss,
    measures,
    mistakes,
    nonfinite,
    regression,
    stability,
    thresholds,
    units,
)
from runner.report.plots.plot import Plot

PLOTS: dict[str, Plot] = {
    "loss": loss.PLOT,
    "fixes": fixes.PLOT,
    "stability": stability.PLOT,
    "nonfinite": nonfinite.PLOT,
    "accuracy": measures.ACCURACY,
    "r2": measures.R2,
    "gradients": gradients.GRADIENTS,
    "updates": gradients.UPDATES,
    "dead": units.DEAD,
    "saturated": units.SATURATED,
    "boundary": boundary.PLOT,
    "fit": fit.PLOT,
    "predicted": regression.PREDICTED,
    "residuals": regression.RESIDUALS,
    "confusion": confusion.PLOT,
    "mistakes": mistakes.PLOT,
    "roc": thresholds.ROC,
    "precision_recall": thresholds.PRECISION,
    "distributions": distributions.PLOT,
}
