"""Logarithms, and divisions, that meet an output of exactly 0 or 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import passed
from cases import case_of, findings_of, said_by, the_one

NAME = "log_of_zero"
UNGUARDED = {"name": "auto", "from_logits": False}
AND: dict[str, Any] = {
    "dataset": {"name": "and"},
    "network": {"hidden": []},
    "init": {"weights": {"name": "explicit", "values": [[[50.0], [50.0]]]}},
    "loss": UNGUARDED,
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 1000,
}
BLOBS: dict[str, Any] = {
    "dataset": {"name": "blobs"},
    "network": {"hidden": []},
    "init": {"weights": {"name": "normal", "std": 1000.0}},
    "loss": UNGUARDED,
    "optimizer": {"name": "adam", "lr": 20.0},
    "steps": 1000,
}
PLANAR: dict[str, Any] = {
    "dataset": {"name": "planar"},
    "network": {"hidden": [8], "activation": "tanh"},
    "loss": UNGUARDED,
    "optimizer": {"name": "sgd", "lr": 30.0},
    "steps": 500,
}


def test_one_unit_that_starts_at_the_end_of_its_range() -> None:
    """A sigmoid of 50 is 1 to the last bit, and log(1 - A) has no value; from logits the same start is fixed."""
    case = case_of(AND)
    suspicion = the_one(NAME, case)
    _, A = passed(case.setup, case.theta)
    ones = np.flatnonzero(A[-1][:, 0] == 1.0)
    assert ones.tolist() == [1, 2, 3]
    assert suspicion.evidence["samples"] == ones.tolist()
    assert suspicion.evidence["count"] == len(ones)
    assert suspicion.where == {"step": 0, "layer": 1, "tensor": "log(1 - A1)"}
    assert "in 3 of 4 entries (samples 1, 2, 3): A1 is exactly 1 there" in suspicion.symptom
    assert suspicion.certain
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("loss.from_logits=true",))
    assert finding.verified is not None
    assert finding.verified.after == "converged"


def test_classes_whose_probability_is_zero() -> None:
    """With softmax it is the logarithm of a probability of 0; the samples are those whose exponential is lost."""
    case = case_of(BLOBS)
    suspicion = the_one(NAME, case)
    _, A = passed(case.setup, case.theta)
    assert suspicion.evidence["count"] == (A[-1] == 0.0).sum() > 0
    assert suspicion.where["tensor"] == "log(A1)"
    assert "A1 is exactly 0 there" in suspicion.symptom
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("loss.from_logits=true",))
    assert finding.verified is not None


def test_the_samples_behind_a_rate_that_is_too_high() -> None:
    """Driven there by the learning rate, the logarithm comes after it, with the step and the samples."""
    case = case_of(PLANAR)
    suspicion = the_one(NAME, case)
    _, A = passed(case.setup, case.theta)
    ones = np.flatnonzero(A[-1][:, 0] == 1.0)
    assert suspicion.evidence["count"] == len(ones) > 10
    assert suspicion.evidence["samples"] == ones[:10].tolist()
    assert suspicion.where["step"] == len(case.losses) - 1 > 0
    assert [finding.cause for finding in findings_of(case)[:2]] == ["learning_rate_too_high", NAME]


def test_logarithms_of_negative_outputs() -> None:
    """An output that may be negative has its own sentence, and an output that is a probability fixes it."""
    network = {"hidden": [8], "activation": "tanh", "output": "tanh"}
    loss = {"name": "binary_cross_entropy"}
    case = case_of(PLANAR, network=network, loss=loss, optimizer={"name": "sgd", "lr": 1.0})
    suspicion = the_one(NAME, case)
    _, A = passed(case.setup, case.theta)
    assert f"the logarithm of negative numbers, down to {A[-1].min():.3g}" in suspicion.symptom
    assert suspicion.evidence["count"] == (A[-1] <= 0.0).sum()
    assert [str(change) for change in suspicion.fixes[0]] == ["network.output=auto", "loss.name=auto"]


@pytest.mark.parametrize("loss", [{"name": "auto"}, {"name": "auto", "from_logits": False, "epsilon": 1e-8}])
def test_guarded_losses_never_meet_it(loss: dict[str, Any]) -> None:
    """From logits, or with an epsilon, the same starts and rates show nothing of the kind."""
    for config in (AND, BLOBS, PLANAR):
        assert not said_by(NAME, case_of(config, loss=loss))


def test_an_unguarded_loss_that_is_healthy() -> None:
    """The unguarded form is no finding in itself."""
    case = case_of(PLANAR, optimizer={"name": "sgd", "lr": 1.0}, steps=2000)
    assert case.healthy
    assert not said_by(NAME, case)
    assert not findings_of(case)


def test_divergence_without_a_logarithm() -> None:
    """A squared error that overflows is another matter."""
    dataset = {"name": "sine", "standardize": "both"}
    network = {"hidden": [16], "activation": "relu"}
    case = case_of({}, dataset=dataset, network=network, optimizer={"name": "sgd", "lr": 10.0}, steps=500)
    assert case.outcome == "nan"
    assert not said_by(NAME, case)
