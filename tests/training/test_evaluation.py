"""Losses, accuracies and R² against scikit-learn's on the same parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from setups import setup
from sklearn import metrics

from runner.network.inference import Predictor
from runner.training.evaluation import Evaluation, Evaluator
from runner.training.measuring.quality import r_squared
from runner.training.setup import Setup

Matrix = NDArray[np.float64]


def evaluated(dataset: dict[str, Any], chunk: int = 1024, **more: Any) -> tuple[Setup, Evaluation, Matrix, Matrix]:
    """A setup, its evaluation at the initial parameters, and outputs and targets as (n, outputs)."""
    ready = setup({"dataset": dataset, "network": {"hidden": [5]}, "steps": 1, **more})
    part = ready.dataset.train
    evaluator = Evaluator(ready.network, part, ready.dataset.task, chunk)
    workspace = ready.workspace()
    outputs = Predictor(ready.architecture, workspace.weights())(part.X)
    return ready, evaluator(ready.initial), outputs, part.Y


@pytest.mark.parametrize("chunk", [7, 1024])
@pytest.mark.parametrize("from_logits", [True, False])
def test_binary_cross_entropy_is_log_loss(from_logits: bool, chunk: int) -> None:
    """The binary loss is scikit-learn's log_loss, its accuracy accuracy_score, in one piece or in chunks."""
    _, result, A, Y = evaluated({"name": "circles", "samples": 100}, chunk, loss={"from_logits": from_logits})
    assert result.loss == pytest.approx(metrics.log_loss(Y.ravel(), A.ravel()), rel=1e-12)
    assert result.quality == metrics.accuracy_score(Y.ravel(), A.ravel() > 0.5)


@pytest.mark.parametrize("from_logits", [True, False])
def test_categorical_cross_entropy_is_log_loss(from_logits: bool) -> None:
    """The categorical loss is scikit-learn's log_loss over all classes, its accuracy that of the largest output."""
    _, result, A, Y = evaluated({"name": "blobs", "samples": 100}, loss={"from_logits": from_logits})
    assert result.loss == pytest.approx(metrics.log_loss(Y, A), rel=1e-12)
    assert result.quality == metrics.accuracy_score(Y.argmax(axis=1), A.argmax(axis=1))


def test_multilabel_accuracy_is_subset_accuracy() -> None:
    """A sample with several labels is right if all of them are; the loss sums over the outputs."""
    _, result, A, Y = evaluated({"name": "random_integers", "samples": 60, "outputs": 3})
    assert result.quality == metrics.accuracy_score(Y, A > 0.5)
    assert result.loss == pytest.approx(sum(metrics.log_loss(Y[:, k], A[:, k]) for k in range(3)), rel=1e-12)


def test_regression_losses_are_mean_errors() -> None:
    """Squared and absolute errors are scikit-learn's, R² is its r2_score."""
    for loss, oracle, factor in (
        ("half_squared_error", metrics.mean_squared_error, 0.5),
        ("squared_error", metrics.mean_squared_error, 1.0),
        ("absolute_error", metrics.mean_absolute_error, 1.0),
    ):
        _, result, A, Y = evaluated({"name": "sine", "samples": 80}, loss={"name": loss})
        assert result.quality == pytest.approx(metrics.r2_score(Y, A, multioutput="variance_weighted"))
        assert result.loss == pytest.approx(factor * oracle(Y, A), rel=1e-12)
        assert r_squared(A.T, Y.T) == pytest.approx(metrics.r2_score(Y, A), rel=1e-12)


def test_r_squared_of_constant_targets() -> None:
    """Targets that never vary are explained wholly or not at all."""
    assert r_squared(np.ones((1, 3)), np.ones((1, 3))) == 1.0
    assert r_squared(np.zeros((1, 3)), np.ones((1, 3))) == 0.0


def test_a_summed_loss_is_n_times_the_mean() -> None:
    """With reduction sum, chunks add up to the sum over all samples."""
    _, mean, _, Y = evaluated({"name": "circles", "samples": 100}, chunk=33)
    _, total, _, _ = evaluated({"name": "circles", "samples": 100}, chunk=33, loss={"reduction": "sum"})
    assert total.loss == pytest.approx(len(Y) * mean.loss, rel=1e-12)
