"""How good a network is by the measure of its task: accuracy, or R² for a regression.

Where the loss has class weights the accuracy that judges it has them too: a network that is to find a rare class is not
worse for the false alarms that this takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Task
from runner.settings.outcome import OutcomeSettings
from runner.training.choices import class_counts, labels_of
from runner.training.measuring.quality import quality
from runner.training.setup import Setup

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class TaskMeasure:
    """Accuracy, or R² for a regression: its values, its name, and what separates good ones from bad ones.

    `chance` is the value of the best constant answer: the share of the most frequent target, or 0 for R². `weights` are
    those of the classes in the loss.
    """

    task: Task
    chance: float = 0.0
    weights: tuple[float, ...] | None = None

    @classmethod
    def of(cls, task: Task, Y: Array, weights: tuple[float, ...] | None = None) -> TaskMeasure:
        """The measure of a task whose targets are Y (n, outputs)."""
        if weights is None:
            return cls(task, 0.0 if task == "regression" else largest_share(Y))
        counts = np.multiply(weights, class_counts(Y))
        return cls(task, float(counts.max() / counts.sum()), weights)

    @property
    def name(self) -> str:
        """As it is printed."""
        if self.weights is not None:
            return "weighted accuracy"
        return "R²" if self.task == "regression" else "accuracy"

    def value(self, A: Array, Y: Array, boundary: float = 0.5) -> float:
        """The measure of outputs A for targets Y, both (outputs, n); one output answers class 1 above the boundary."""
        if self.weights is None:
            return quality(self.task, A, Y, boundary)
        right = labels_of(A.T, boundary) == labels_of(Y.T)
        counted = self.sample_weights(Y.T)[:, 0]
        return float(counted[right].sum() / counted.sum())

    def sample_weights(self, Y: Array) -> NDArray[np.float64]:
        """What each sample of targets Y (n, outputs) counts, (n, 1)."""
        if self.weights is None:
            return np.ones((len(Y), 1))
        return np.asarray(self.weights, dtype=np.float64)[labels_of(Y)][:, None]

    def good(self, settings: OutcomeSettings) -> float:
        """The value from which a network is good."""
        return settings.good_r2 if self.task == "regression" else settings.good_accuracy

    def progress(self, value: float) -> float:
        """How far a value is on the way from chance (0) to perfect (1); 0 for what is not finite.

        Where the two are the same, all targets being alike, it is one or the other.
        """
        if not np.isfinite(value):
            return 0.0
        if self.chance >= 1.0:
            return float(value >= 1.0)
        return max(0.0, (value - self.chance) / (1.0 - self.chance))

    def at(self, progress: float) -> float:
        """The value that is so far on the way from chance (0) to perfect (1)."""
        return self.chance + progress * (1.0 - self.chance)

    def of_value(self, value: float) -> str:
        """A value in words: "an R² of 0.41", "an accuracy of 0.5"."""
        return f"an {self.name} of {value:.3g}"


def measure_of(setup: Setup) -> TaskMeasure:
    """The measure of a run, on its training data."""
    weights = setup.options.class_weights if setup.is_ours else None
    return TaskMeasure.of(setup.dataset.task, setup.dataset.train.Y, weights)


def largest_share(Y: Array) -> float:
    """The share of the most frequent of the targets Y (n, outputs)."""
    _, counts = np.unique(Y, axis=0, return_counts=True)
    return float(counts.max() / counts.sum())
