"""The network that a run ended with, evaluated on the training or the validation split."""

from __future__ import annotations

import numpy as np

from runner.datasets import Split
from runner.diagnosis.case import Array, Case
from runner.training.evaluation import Evaluation, Evaluator


def evaluated(case: Case, split: Split, theta: Array | None = None) -> Evaluation:
    """Loss, quality and outputs (outputs, n) on a split; at the parameters that the run ended with, or at others."""
    evaluator = Evaluator(case.setup.network, split, case.setup.dataset.task)
    return evaluator(case.theta if theta is None else theta, case.statistics)


def quality_on(case: Case, split: Split) -> float:
    """Accuracy or R² on a split, as the run is judged."""
    found = evaluated(case, split)
    weighs = case.measure.weights is not None
    return case.measure.value(found.outputs, split.Y.T, case.setup.network.boundary) if weighs else found.quality


def deviation_of_share(share: float, samples: int) -> float:
    """The standard deviation of a share found among so many samples."""
    return float(np.sqrt(share * (1.0 - share) / samples))
