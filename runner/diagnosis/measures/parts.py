"""What the network that a training ended with makes of a part of the data."""

from __future__ import annotations

import numpy as np

from runner.datasets import Part
from runner.diagnosis.case import Case
from runner.training.evaluation import Evaluation, Evaluator
from runner.training.outcome import r_squared


def evaluated(case: Case, part: Part) -> Evaluation:
    """Loss, accuracy and outputs (outputs, n) on a part."""
    return Evaluator(case.setup.network, part, case.setup.dataset.task)(case.theta)


def quality_on(case: Case, part: Part) -> float:
    """The measure of the task, accuracy or R², on a part."""
    found = evaluated(case, part)
    return r_squared(found.outputs, part.Y.T) if found.accuracy is None else found.accuracy


def largest_share(part: Part) -> float:
    """The share of the most frequent target."""
    _, counts = np.unique(part.Y, axis=0, return_counts=True)
    return float(counts.max() / counts.sum())


def deviation_of_share(share: float, samples: int) -> float:
    """The standard deviation of a share found among so many samples."""
    return float(np.sqrt(share * (1.0 - share) / samples))
