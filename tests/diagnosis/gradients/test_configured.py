"""The gradient check of a configured network as a whole."""

from __future__ import annotations

import json

import pytest
from configured_networks import CLASSES, REGRESSION, XOR, setup

from runner.diagnosis.gradients.configured import check_setup


@pytest.mark.parametrize(
    "config",
    [
        REGRESSION,
        CLASSES,
        XOR,
        {**CLASSES, "dtype": "float32"},
        {**XOR, "network": {"hidden": []}},
        {**XOR, "network": {"hidden": [4], "bias": False}},
        {**XOR, "network": {"hidden": [5], "activation": "relu"}, "batch_size": 3},
        {**XOR, "init": {"weights": {"name": "zeros"}}},
        {**REGRESSION, "loss": {"name": "absolute_error"}},
        {**REGRESSION, "dataset": {"name": "x_plus_one", "samples": 200, "standardize": "none"}},
        {**XOR, "dataset": {"name": "inline", "X": [[1.0]], "Y": [[0.5]]}},
    ],
)
def test_healthy_networks_pass(config: dict[str, object]) -> None:
    """Right networks give no complaint: float32, no hidden layer, no bias, raw inputs, one sample among them."""
    result = check_setup(setup(config))
    assert result.passed, result.arrays
    assert result.causes == ()
    assert result.sentence.startswith("The gradients are right")


def test_points_are_reported() -> None:
    """Looked at are the start, near it, the smaller batch where there is one, and after some steps."""
    assert check_setup(setup(XOR)).points == (
        "the initial parameters",
        "these moved at random",
        "those after 20 steps",
    )
    assert len(check_setup(setup(XOR, batch_size=3)).points) == 4


def test_weight_decay_is_checked_apart() -> None:
    """With weight decay it is said whether the rest of the gradient is right."""
    assert check_setup(setup(XOR)).passed_without_decay is None
    assert check_setup(setup(REGRESSION)).passed_without_decay is True
    wrong = check_setup(setup(REGRESSION, faults=["weight_decay_not_in_gradient"]))
    assert (wrong.passed, wrong.passed_without_decay) == (False, True)
    assert "only the weights of every layer (right without the penalties on the weights)" in wrong.sentence
    assert check_setup(setup(REGRESSION, faults=["sign_flipped@1"])).passed_without_decay is False


def test_the_gradient_of_l1_is_checked() -> None:
    """Right with L1; zeros, where |w| has a kink, are set apart and not counted as wrong."""
    rate = {"name": "sgd", "lr": 0.1, "l1": 0.05}
    result = check_setup(setup(XOR, optimizer=rate))
    assert (result.passed, result.passed_without_decay) == (True, True)
    assert check_setup(setup(XOR, optimizer=rate, init={"weights": {"name": "zeros"}})).passed


def test_a_loss_that_is_not_finite_is_no_pass() -> None:
    """Where the loss is NaN or infinite at every point, nothing is right; what diverges in training is left out."""
    nothing = check_setup(setup(REGRESSION, init={"weights": {"name": "constant", "value": 1e308}}))
    assert not nothing.passed
    assert "the loss is not finite at any of the points" in nothing.sentence
    network = {"hidden": [4], "activation": "identity"}
    diverged = check_setup(setup(REGRESSION, network=network, optimizer={"name": "sgd", "lr": 1e40}))
    assert diverged.left_out == ("those after 20 steps",)
    assert diverged.passed


def test_the_result_is_json() -> None:
    """Everything can be written down, with the keys that programs read."""
    result = check_setup(setup(XOR, faults=["layer_not_updated@1"]))
    read = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert read["passed"] is False
    keys = {"name", "layer", "relative_error", "cosine", "ratio", "worst_index", "pattern"}
    assert keys <= read["arrays"][0].keys()
    (cause,) = read["causes"]
    assert {"name", "layer", "residual", "tied_with", "sentence", "should_read", "source"} <= cause.keys()
    assert (cause["name"], cause["layer"]) == ("layer_not_updated", 1)
