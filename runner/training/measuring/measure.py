"""How good a network is by the measure of its task: accuracy, or R² for a regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Task
from runner.settings.outcome import OutcomeSettings
from runner.training.measuring.quality import quality

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class TaskMeasure:
    """Accuracy, or R² for a regression: its values, its name, and what separates good ones from bad ones.

    `chance` is the value of the best constant answer: the share of the most frequent target, or 0 for R².
    """

    task: Task
    chance: float = 0.0

    @classmethod
    def of(cls, task: Task, Y: Array) -> TaskMeasure:
        """The measure of a task whose targets are Y (n, outputs)."""
        return cls(task, 0.0 if task == "regression" else largest_share(Y))

    @property
    def name(self) -> str:
        """As it is printed."""
        return "R²" if self.task == "regression" else "accuracy"

    def value(self, A: Array, Y: Array) -> float:
        """The measure of outputs A for targets Y, both (outputs, n)."""
        return quality(self.task, A, Y)

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


def largest_share(Y: Array) -> float:
    """The share of the most frequent of the targets Y (n, outputs)."""
    _, counts = np.unique(Y, axis=0, return_counts=True)
    return float(counts.max() / counts.sum())
