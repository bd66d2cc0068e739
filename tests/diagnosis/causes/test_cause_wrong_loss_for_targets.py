"""Cross-entropies over targets and outputs that they aren't for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, setup_of, the_one

from runner.diagnosis.causes import FORESEEN
from runner.diagnosis.diagnose import foresee

NAME = "wrong_loss_for_targets"
PLANAR: dict[str, Any] = {
    "dataset": {"name": "circles", "samples": 80},
    "network": {"hidden": [8], "activation": "tanh"},
    "optimizer": {"name": "sgd", "lr": 1.0},
    "steps": 2000,
}


def silent(config: dict[str, Any]) -> bool:
    return not list(FORESEEN[NAME].foresee(setup_of(config)))


def test_the_binary_cross_entropy_of_a_sine() -> None:
    """Half of the targets are negative, where the loss has no least value; the automatic loss fixes it."""
    config = {
        "dataset": {"name": "sine", "samples": 60, "standardize": "inputs"},
        "network": {"hidden": [8]},
        "optimizer": {"name": "adam", "lr": 0.02},
        "steps": 1500,
    }
    for output in ("identity", "sigmoid"):
        case = case_of(
            {**config, "network": {"hidden": [8], "output": output}, "loss": {"name": "binary_cross_entropy"}}
        )
        evidence = the_one(NAME, case).evidence
        assert evidence["outside"] == pytest.approx((case.setup.dataset.train.Y < 0).mean())
        finding = findings_of(case)[0]
        assert finding.cause == NAME
        assert finding.verified is not None
        assert finding.verified.quality > 0.95
        assert "loss.name=auto" in finding.prescription


@pytest.mark.slow
def test_the_categorical_cross_entropy_of_one_column() -> None:
    """The zeros of a single column count for nothing: the network says 1 to all of them."""
    case = case_of(PLANAR, loss={"name": "categorical_cross_entropy"})
    assert case.conclusion.quality == 0.5
    suspicion = the_one(NAME, case)
    assert suspicion.evidence["zeros"] == 0.5
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("loss.name=auto",))
    assert finding.verified is not None
    assert finding.verified.quality > 0.98


@pytest.mark.parametrize("output", ["identity", "tanh", "relu"])
def test_a_logarithm_of_outputs_that_are_no_probabilities(output: str) -> None:
    """Outputs below 0 or above 1 have no binary cross-entropy; a sigmoid in their place fixes it."""
    case = case_of({**PLANAR, "network": {"hidden": [8], "output": output}, "loss": {"name": "binary_cross_entropy"}})
    assert case.outcome == "nan"
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("network.output=auto",))
    assert finding.verified is not None
    assert finding.verified.quality > 0.98


def test_the_categorical_cross_entropy_of_several_labels() -> None:
    """Of rows with no label, one, and two, half don't sum to 1; two sigmoids with their own loss fix it."""
    Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5)
    X = 2.0 * Y + 0.1 * np.random.default_rng(0).normal(size=Y.shape)
    dataset = {"name": "inline", "X": X, "Y": Y, "task": "multilabel"}
    network = {"hidden": [4], "output": "softmax"}
    case = case_of(
        {"dataset": dataset, "network": network, "loss": {"name": "categorical_cross_entropy"}, "steps": 500}
    )
    assert the_one(NAME, case).evidence["rows_not_one"] == 0.5
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("network.output=auto", "loss.name=auto"))
    assert finding.verified is not None


def test_sigmoids_under_the_categorical_loss_are_reported_unless_they_learnt() -> None:
    """Nothing keeps the outputs of the wrong classes low; before the start it is said, after a good run it isn't."""
    config = {
        "dataset": {"name": "blobs", "samples": 90, "spread": 0.3, "standardize": "inputs"},
        "network": {"hidden": [4], "output": "sigmoid"},
        "loss": {"name": "categorical_cross_entropy"},
        "steps": 500,
    }
    assert NAME in {suspicion.cause for suspicion in foresee(setup_of(config))}
    case = case_of(config)
    assert case.healthy
    assert not said_by(NAME, case)


@pytest.mark.parametrize(
    ("dataset", "output", "loss"),
    [
        ("circles", "sigmoid", "half_squared_error"),
        ("circles", "identity", "squared_error"),
        ("circles", "tanh", "half_squared_error"),
        ("blobs", "sigmoid", "binary_cross_entropy"),
        ("blobs", "softmax", "binary_cross_entropy"),
        ("blobs", "softmax", "squared_error"),
        ("blobs", "softmax", "categorical_cross_entropy"),
        ("random_integers", "sigmoid", "binary_cross_entropy"),
    ],
)
def test_losses_that_work_are_silent(dataset: str, output: str, loss: str) -> None:
    """Squared errors for classes, and cross-entropies of probabilities, are no mistake."""
    assert silent({"dataset": {"name": dataset}, "network": {"output": output}, "loss": {"name": loss}})


def test_probabilities_as_targets_are_silent() -> None:
    """Targets between 0 and 1, and rows that sum to 1, are what the cross-entropies take."""
    P = np.linspace(0.05, 0.95, 10)
    X = np.linspace(-1, 1, 10)
    one = {"dataset": {"name": "inline", "X": X, "Y": P}, "network": {"output": "sigmoid"}}
    two = {"dataset": {"name": "inline", "X": X, "Y": np.column_stack([P, 1 - P])}, "network": {"output": "softmax"}}
    assert silent({**one, "loss": {"name": "binary_cross_entropy"}})
    assert silent({**two, "loss": {"name": "categorical_cross_entropy"}})
