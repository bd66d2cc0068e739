"""The range of the output activation against the targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, setup_of, the_one

from runner.diagnosis.causes import FORESEEN

NAME = "output_cannot_reach_targets"
SINE: dict[str, Any] = {
    "dataset": {"name": "sine", "samples": 80, "standardize": "inputs"},
    "network": {"hidden": [8], "activation": "tanh", "output": "sigmoid"},
    "optimizer": {"name": "adam", "lr": 0.02},
    "steps": 1500,
}


def silent(config: dict[str, Any]) -> bool:
    return not list(FORESEEN[NAME].foresee(setup_of(config)))


@pytest.mark.slow
def test_a_sigmoid_for_a_sine() -> None:
    """Half of the sine is negative: the best R² is that of the sine cut off at 0, and the identity fixes it."""
    case = case_of(SINE)
    Y = case.setup.dataset.train.Y[:, 0]
    cut = 1 - (np.minimum(Y, 0) ** 2).sum() / ((Y - Y.mean()) ** 2).sum()
    suspicion = the_one(NAME, case)
    assert suspicion.evidence["best_r2"] == pytest.approx(cut, rel=1e-12)
    assert suspicion.evidence["outside"] == pytest.approx((Y < 0).mean())
    assert case.conclusion.quality < cut
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("network.output=auto",))
    assert finding.verified is not None
    assert finding.verified.quality > 0.95


def test_a_relu_for_standardised_targets() -> None:
    """Standardised, half of the targets are negative; as they are they lie within a ReLU's range."""
    network = {"hidden": [3], "activation": "leaky_relu", "output": "relu"}
    dataset = {"name": "x_plus_one", "samples": 60, "standardize": "both"}
    case = case_of({"dataset": dataset, "network": network, "optimizer": {"name": "sgd", "lr": 0.1}, "steps": 400})
    suspicion = the_one(NAME, case)
    Y = case.setup.dataset.train.Y
    assert suspicion.evidence["best_r2"] == pytest.approx(1 - (Y[Y < 0] ** 2).sum() / (Y**2).sum(), rel=1e-9)
    assert list(map(str, suspicion.fixes[-1])) == ["dataset.standardize=inputs"]
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.verified is not None


def test_a_softmax_for_independent_labels() -> None:
    """Rows without a label, or with two, don't sum to 1: (1/2, 1/2) is the nearest that a softmax comes to them."""
    Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5)
    X = 2.0 * Y + 0.1 * np.random.default_rng(0).normal(size=Y.shape)
    config = {
        "dataset": {"name": "inline", "X": X, "Y": Y, "task": "multilabel"},
        "network": {"hidden": [4], "output": "softmax"},
        "loss": {"name": "half_squared_error"},
        "steps": 500,
    }
    case = case_of(config)
    evidence = the_one(NAME, case).evidence
    assert evidence["best_r2"] == pytest.approx(1 - (0.5 * 10) / (2 * 20 * 0.25))
    assert evidence["outside"] == 0.5
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("network.output=auto",))
    assert finding.verified is not None
    assert finding.verified.after == "converged"


def test_an_elu_ends_at_minus_alpha() -> None:
    """ELU never falls below -alpha, and tanh not below -1, which is enough for targets of -1 and 1."""
    points = {"name": "inline", "X": np.linspace(-1, 1, 20), "Y": np.repeat([-3.0, 3.0], 10)}
    for alpha, expected in ((1.0, False), (3.0, True)):
        assert silent({"dataset": points, "network": {"output": {"name": "elu", "alpha": alpha}}}) is expected
    signs = {"name": "inline", "X": np.linspace(-1, 1, 20), "Y": np.repeat([-1.0, 1.0], 10)}
    assert silent({"dataset": signs, "network": {"output": "tanh"}})
    assert not silent({"dataset": signs, "network": {"output": "sigmoid"}})


@pytest.mark.parametrize("output", ["sigmoid", "tanh", "relu", "softplus", "elu", "identity"])
def test_labels_of_0_and_1_are_within_reach(output: str) -> None:
    """0 and 1 are within the range of every activation, or at its end."""
    assert silent({"dataset": {"name": "planar", "samples": 40}, "network": {"output": output}})


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_few_beyond_the_end_are_borne(noise: float) -> None:
    """A sine within -1 and 1, also with noise that goes beyond, is no obstacle for tanh."""
    dataset = {"name": "sine", "standardize": "inputs", "noise": noise}
    assert silent({"dataset": dataset, "network": {"output": "tanh"}})


def test_healthy_classes_are_silent() -> None:
    """Softmax for one-hot targets, and a regression by a ReLU whose targets are positive."""
    assert not said_by(NAME, case_of({"dataset": {"name": "blobs", "samples": 30}, "steps": 10}))
    assert silent({"dataset": {"name": "x_plus_one", "standardize": "inputs"}, "network": {"output": "relu"}})
