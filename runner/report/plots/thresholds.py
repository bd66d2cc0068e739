"""ROC and precision-recall curves of a binary classifier: every threshold for its probability at once.

Computed here in a few lines: importing scikit-learn's takes longer than the whole page. Tests compare the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.left import LeftRun
from runner.report.plots.answers import Classified, classified
from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BLUE, SOFT, legend

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Thresholds:
    """For each threshold, from the highest: how many positives and negatives lie at or above it; and all of them."""

    part: str
    true_positives: Array
    false_positives: Array

    @property
    def recall(self) -> Array:
        """The share of the positives that are found."""
        return np.asarray(self.true_positives / self.true_positives[-1])

    @property
    def false_alarms(self) -> Array:
        """The share of the negatives that are taken for positives."""
        return np.asarray(self.false_positives / self.false_positives[-1])

    @property
    def precision(self) -> Array:
        """The share of those taken for positives that are."""
        return self.true_positives / (self.true_positives + self.false_positives)

    @property
    def area(self) -> float:
        """The area under the ROC curve."""
        return float(np.trapezoid(np.r_[0, self.recall], np.r_[0, self.false_alarms]))

    @property
    def average_precision(self) -> float:
        """The mean of the precisions at each threshold, weighted by the recall that it adds."""
        return float((np.diff(np.r_[0, self.recall]) * self.precision).sum())


def thresholds(run: LeftRun) -> Thresholds | None:
    """The thresholds of a run; None but for two classes that both have samples."""
    data = classified(run)
    return None if data is None or data.probabilities.shape[1] != 2 else of_answers(data)


def of_answers(data: Classified) -> Thresholds | None:
    """The thresholds of these answers; None where one of the classes has no sample."""
    probability = data.probabilities[:, 1]
    order = np.argsort(-probability, kind="stable")
    sorted_values, positives = probability[order], data.true[order] == 1
    if positives.all() or not positives.any():
        return None
    ends = np.r_[np.flatnonzero(np.diff(sorted_values)), len(order) - 1]  # the last of equal probabilities
    found = np.cumsum(positives)[ends].astype(np.float64)
    return Thresholds(data.part, found, ends + 1.0 - found)


def draw_roc(data: Thresholds, axes: Any) -> Any:
    """Recall against false alarms, beside what guessing gives."""
    axes.plot(np.r_[0, data.false_alarms], np.r_[0, data.recall], color=BLUE, label=f"area {data.area:.3f}")
    axes.plot([0, 1], [0, 1], color=SOFT, lw=1, ls=(0, (4, 3)), label="guessing")
    return _square(axes, "false positive rate", "true positive rate")


def draw_precision(data: Thresholds, axes: Any) -> Any:
    """Precision against recall, beside the share of positives."""
    share = float(data.precision[-1])
    label = f"average precision {data.average_precision:.3f}"
    axes.step(np.r_[0, data.recall], np.r_[data.precision[0], data.precision], where="pre", color=BLUE, label=label)
    axes.axhline(share, color=SOFT, lw=1, ls=(0, (4, 3)), label="guessing")
    return _square(axes, "recall", "precision")


def _square(axes: Any, across: str, up: str) -> Any:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    legend(axes)
    return axes


def roc_words(panels: Sequence[Panel]) -> str:
    """The area."""
    data: Thresholds = panels[0][1]
    return f"On the {data.part} data the area under the ROC curve is {data.area:.3f}; guessing gives 0.5."


def precision_words(panels: Sequence[Panel]) -> str:
    """The average precision."""
    data: Thresholds = panels[0][1]
    share = float(data.precision[-1])
    return f"On the {data.part} data the average precision is {data.average_precision:.3f}; guessing gives {share:.3f}."


ROC = Plot("ROC curve", lambda run: only(thresholds(run)), draw_roc, roc_words)
PRECISION = Plot("Precision and recall", lambda run: only(thresholds(run)), draw_precision, precision_words)
