"""extrapolation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.datasets import Split
from runner.diagnosis.case import Array, Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.measures.splits import evaluated
from runner.diagnosis.suspicion import Suspicion
from runner.training.measuring.measure import TaskMeasure

# By so much of a feature's range a test sample has to be outside; more than this share of the samples.
_MARGIN, _MOST = 0.05, 0.5


class Extrapolation(Cause):
    """A network that learnt its training data and is asked about inputs outside their range.

    Most test samples have a feature outside the range that it has in training, the test loss is at least
    `extrapolation` times the training loss, and the network is no good there. Between its samples a network
    interpolates; beyond them it goes on as its activations do: on a straight line with ReLU, at a constant value with
    tanh and sigmoid. No setting changes that. Limits: needs a test set, and inputs of which the features can be
    compared one by one.
    """

    name = "extrapolation"
    says = "most test samples are outside the range of the training data, and test loss / training loss > extrapolation"
    thresholds = ("extrapolation", "good_progress")
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The range of the test set and the loss there, compared with those of the training data."""
        train, test = case.setup.dataset.train, case.setup.dataset.test
        if test is None or not case.healthy:
            return
        outside = _outside(train, test)
        share = float(outside.any(axis=1).mean())
        if share <= _MOST:
            return
        there = evaluated(case, test)
        measure = TaskMeasure.of(case.setup.dataset.task, test.Y)
        quality, trained = there.quality, evaluated(case, train).loss
        times = there.loss / trained if trained > 0.0 else np.inf
        if times < case.thresholds.extrapolation or measure.progress(quality) >= case.thresholds.good_progress:
            return
        feature = int(outside.mean(axis=0).argmax())
        (low, high), (test_low, test_high) = (_range(case, split, feature) for split in (train, test))
        yield Suspicion(
            cause=self.name,
            symptom=f"The network is asked about inputs that it was not trained for: {share:.0%} of the test samples "
            f"are outside the range of the training data ({case.setup.dataset.features[feature]}: {low:.4g} to "
            f"{high:.4g} in training, {test_low:.4g} to {test_high:.4g} in the test). The loss is {times:.3g} times as "
            f"high there, and {measure.name} is {quality:.3g}. A network doesn't go on beyond its data: train it on "
            "data that cover what it is asked.",
            evidence={
                "outside": share,
                "feature": case.setup.dataset.features[feature],
                "training_range": [low, high],
                "test_range": [test_low, test_high],
                "test_loss": there.loss,
                "training_loss": trained,
                "test_quality": quality,
            },
            where={"tensor": "X"},
            strength=3.0,
            certain=True,
        )


def _outside(train: Split, test: Split) -> Array:
    """Which features of which test samples are outside the range of training, (samples, features)."""
    low, high = train.X.min(axis=0), train.X.max(axis=0)
    margin = _MARGIN * (high - low)
    return np.asarray((low - margin > test.X) | (high + margin < test.X))


def _range(case: Case, split: Split, feature: int) -> tuple[float, float]:
    """The range of a feature in the units of the data set."""
    scaling = case.setup.dataset.scaling
    values = split.X[:, feature] * scaling.input_scale[feature] + scaling.input_mean[feature]
    return float(values.min()), float(values.max())
