"""Batch normalisation: statistics by hand, of the batch in training and running ones elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, Trained, setup, trained

from runner.diagnosis.gradients.configured import check_setup
from runner.errors import UserError
from runner.network.architecture import Architecture
from runner.network.inference import Predictor
from runner.tracking.trained import Columns, TrainedNetwork
from runner.training.conclusion import conclude
from runner.training.record import weights_of

NORMALISED: dict[str, Any] = {**PLANAR, "network": {"hidden": [5, 4], "batch_norm": True}}
EPSILON, MOMENTUM = 1e-3, 0.2
BY_HAND: dict[str, Any] = {
    **PLANAR,
    "dataset": {"name": "planar", "samples": 50, "valid_fraction": 0.2},
    "network": {
        "hidden": [5],
        "batch_norm": True,
        "batch_norm_momentum": MOMENTUM,
        "batch_norm_epsilon": EPSILON,
    },
    "init": {"bias": {"name": "normal"}},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 4,
}


def by_hand() -> dict[str, Any]:
    """The run of `BY_HAND` as people write it: samples as columns, one hidden layer."""
    ready = setup(BY_HAND)
    X, Y = ready.dataset.train.X.T, ready.dataset.train.Y.T
    first, second = ready.architecture.layers
    W1, beta = (array.copy() for array in first.split(ready.initial))
    W2, b2 = (array.copy() for array in second.split(ready.initial))
    gamma, n = np.ones((5, 1)), X.shape[1]
    mean_kept, variance_kept = np.zeros((5, 1)), np.ones((5, 1))
    for _ in range(4):
        U = W1 @ X
        mean, variance = U.mean(axis=1, keepdims=True), U.var(axis=1, keepdims=True)
        deviation = np.sqrt(variance + EPSILON)
        H = (U - mean) / deviation
        A1 = np.tanh(gamma * H + beta)
        dZ2 = (1 / (1 + np.exp(-(W2 @ A1 + b2))) - Y) / n
        dZ1 = W2.T @ dZ2 * (1 - A1**2)
        # Ioffe and Szegedy 2015, the gradients of section 3, one by one.
        dH = dZ1 * gamma
        dvariance = (dH * (U - mean)).sum(axis=1, keepdims=True) * -0.5 * deviation**-3
        dmean = -dH.sum(axis=1, keepdims=True) / deviation + dvariance * (-2 * (U - mean)).mean(axis=1, keepdims=True)
        dU = dH / deviation + dvariance * 2 * (U - mean) / n + dmean / n
        mean_kept = (1 - MOMENTUM) * mean_kept + MOMENTUM * mean
        variance_kept = (1 - MOMENTUM) * variance_kept + MOMENTUM * U.var(axis=1, ddof=1, keepdims=True)
        W2, b2 = W2 - 0.5 * dZ2 @ A1.T, b2 - 0.5 * dZ2.sum(axis=1, keepdims=True)
        gamma, beta = (
            gamma - 0.5 * (dZ1 * H).sum(axis=1, keepdims=True),
            beta - 0.5 * dZ1.sum(axis=1, keepdims=True),
        )
        W1 = W1 - 0.5 * dU @ X.T
    valid = ready.dataset.valid
    assert valid is not None
    Z1 = gamma * (W1 @ valid.X.T - mean_kept) / np.sqrt(variance_kept + EPSILON) + beta
    return {
        "layer_1/W": W1.T,
        "layer_1/b": beta[:, 0],
        "layer_1/gamma": gamma[:, 0],
        "layer_1/running_mean": mean_kept[:, 0],
        "layer_1/running_variance": variance_kept[:, 0],
        "layer_2/W": W2.T,
        "layer_2/b": b2[:, 0],
        "outputs": 1 / (1 + np.exp(-(W2 @ np.tanh(Z1) + b2))),
    }


def test_training_and_running_statistics_are_those_of_the_paper_by_hand() -> None:
    """Parameters, running statistics, and outputs on held-out samples are a hand-written loop's to 1e-12."""
    run_of, expected = trained(BY_HAND), by_hand()
    valid, evaluate = run_of.setup.dataset.valid, run_of.training.valid
    assert valid is not None
    assert evaluate is not None
    weights = run_of.training.workspace.weights()
    outputs = expected.pop("outputs")
    assert set(weights) == set(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(weights[name], array, rtol=1e-12, atol=1e-12)
    evaluated = evaluate(run_of.theta, run_of.training.workspace.statistics())
    np.testing.assert_allclose(evaluated.outputs, outputs, rtol=1e-11)
    predict = Predictor(run_of.setup.architecture, weights)
    np.testing.assert_allclose(predict(valid.X).T, outputs, rtol=1e-11)
    assert conclude(run_of.training).final["valid_loss"] == evaluated.loss


def test_a_prediction_of_a_sample_depends_on_that_sample_alone() -> None:
    """With running statistics one sample has the answer that it has among others."""
    run_of = trained(NORMALISED)
    predict = Predictor(run_of.setup.architecture, run_of.training.workspace.weights())
    X = run_of.setup.dataset.train.X
    np.testing.assert_allclose(predict(X[3:4]), predict(X)[3:4], rtol=1e-13)


def test_saved_weights_and_architecture_make_the_same_network() -> None:
    """What weights.npz holds is enough for the model that MLflow serves, with dropout and without biases, too."""
    network = {**NORMALISED["network"], "bias": False, "dropout": 0.3}
    run_of = trained({**NORMALISED, "network": network})
    arrays = weights_of(run_of.training)
    served = TrainedNetwork(arrays, Columns("binary", ("x1", "x2"), ("y",)))
    X = run_of.setup.dataset.train.X
    predict = Predictor(run_of.setup.architecture, run_of.training.workspace.weights())
    np.testing.assert_allclose(served(X), predict(X), rtol=1e-14)
    assert "layer_1/b" not in arrays
    assert Architecture.from_dict(run_of.setup.architecture.to_dict()) == run_of.setup.architecture


def test_weight_decay_spares_gamma_and_biases() -> None:
    """The penalty is on W alone."""
    ready = setup(NORMALISED)
    is_weight = ready.workspace().arrays["is_weight"]
    names = {name for _, name, array in ready.architecture.arrays(is_weight) if array.any()}
    assert names == {"W1", "W2", "W3"}


def test_the_gradient_check_goes_through_the_statistics_of_the_batch() -> None:
    """Right gradients pass, gamma's among them; a mistake before the normalisation is found and named."""
    right = check_setup(setup(NORMALISED))
    assert right.passed
    assert {"gamma1", "gamma2"} < {array.name for array in right.arrays}
    found = check_setup(setup(NORMALISED, faults=["missing_activation_derivative@1"]))
    assert not found.passed
    assert (found.causes[0].name, found.causes[0].layer) == ("missing_activation_derivative", 1)


@pytest.mark.parametrize(
    "fault",
    ["bias_missing@1", "output_ignores_input", "delta_uses_weight_gradient@1", "first_bias_input_zero"],
)
def test_faults_of_a_line_that_is_not_there_are_refused(fault: str) -> None:
    """Where a layer is normalised W A + b is no single line, and a mistake in it can't be made."""
    with pytest.raises(UserError, match="normalised over the batch"):
        setup(NORMALISED, faults=[fault])


@pytest.mark.parametrize(
    ("batch_size", "samples", "said"),
    [(1, 60, "a batch has one sample"), (59, 60, "60 samples in batches of 59"), (None, 1, "a batch has one sample")],
)
def test_a_batch_of_one_sample_is_refused(batch_size: int | None, samples: int, said: str) -> None:
    """One sample has no variance: neither as a batch, nor as the last of an epoch."""
    data = {"name": "x_plus_one", "samples": samples}
    with pytest.raises(UserError, match=said):
        setup({**NORMALISED, "dataset": data, "batch_size": batch_size})


def test_a_skipped_step_leaves_the_running_statistics_alone() -> None:
    """Statistics that aren't finite don't get into the running ones: these are kept with an update."""
    config = {**NORMALISED, "watch": {"on_nonfinite": "skip"}, "steps": 3}
    run_of = Trained(setup(config))
    run_of.training.workspace.theta[0] = np.inf
    before = run_of.training.workspace.statistics()
    run_of.run()
    assert run_of.training.nonfinite_steps == 3
    for name, array in run_of.training.workspace.statistics().items():
        assert np.array_equal(array, before[name])
