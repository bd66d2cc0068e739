"""Gradients that shrink on their way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import deltas, gradient_norms
from cases import case_of, findings_of, said_by, the_one

from runner.diagnosis.fixes.changes import Change

NAME = "vanishing_gradient"
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles", "samples": 200},
    "network": {"hidden": [16] * 5, "activation": "sigmoid"},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 1000,
}
DIGITS: dict[str, Any] = {
    "dataset": {"name": "digits", "valid_fraction": 0.5},
    "network": {"hidden": [16] * 6, "activation": "sigmoid"},
    "optimizer": {"name": "sgd", "lr": 0.3},
    "batch_size": 32,
    "epochs": 10,
}
SINE: dict[str, Any] = {
    "dataset": {"name": "sine", "standardize": "both"},
    "network": {"hidden": [8] * 8, "activation": "sigmoid"},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "steps": 1000,
}


@pytest.mark.parametrize(
    "base", [CIRCLES, pytest.param(DIGITS, marks=pytest.mark.slow), SINE], ids=["circles", "digits", "sine"]
)
def test_deep_networks_of_sigmoids(base: dict[str, Any]) -> None:
    """The norms are those of backpropagation by formula; another activation, or batch normalisation, fixes it."""
    case = case_of(base)
    suspicion = the_one(NAME, case)
    norms = gradient_norms(case.setup, case.setup.initial)
    assert suspicion.evidence["norms_at_start"] == pytest.approx(norms)
    assert suspicion.evidence["first_to_last"] == pytest.approx(norms[0] / norms[-1])
    assert suspicion.evidence["ratio"] <= suspicion.evidence["first_to_last"] < 1e-3
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.prescription[0].startswith(("network.activation=", "network.batch_norm=true"))
    assert finding.verified is not None


def test_three_hidden_layers() -> None:
    """Three layers of sigmoids are judged by what each takes away: a fifth is left, where 0.4 is the limit."""
    case = case_of(CIRCLES, network={"hidden": [16] * 3, "activation": "sigmoid"})
    norms = gradient_norms(case.setup, case.setup.initial)
    assert norms[0] / norms[-1] > 1e-3
    suspicion = the_one(NAME, case)
    first, *_, last = deltas(case.setup, case.setup.initial)
    left = (np.linalg.norm(first) / np.linalg.norm(last)) ** (1 / 3)
    assert suspicion.evidence["per_layer"] == pytest.approx(left)
    assert f"from layer to layer it shrinks to {left:.2g} times its size, through 4 layers" in suspicion.symptom
    assert suspicion.strength == pytest.approx(3 * np.log10(0.4 / left))
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.verified is not None


def test_tiny_weights_are_named_first() -> None:
    """Weights of 1e-3 make any gradient vanish: the start's scale is the cause."""
    network = {"hidden": [16] * 4, "activation": "tanh"}
    case = case_of(DIGITS, network=network, init={"weights": {"name": "normal", "std": 1e-3}})
    assert said_by(NAME, case)
    assert findings_of(case)[0].cause == "poor_init_scale"


def test_the_median_over_the_run() -> None:
    """Beside the start's ratio stands the median over the run, from the recorded norms."""
    case = case_of(CIRCLES)
    ratios = case.history["grad_norm/layer_1"][:-1] / case.history["grad_norm/layer_6"][:-1]
    assert the_one(NAME, case).evidence["over_run"] == pytest.approx(np.median(ratios))


def test_without_norms_by_layer() -> None:
    """With the light watch the start alone speaks."""
    case = case_of(CIRCLES, watch={"layers": False})
    evidence = the_one(NAME, case).evidence
    assert evidence["over_run"] is None
    norms = gradient_norms(case.setup, case.setup.initial)
    assert evidence["ratio"] == pytest.approx(norms[0] / norms[-1])


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "elu"])
@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_other_activations(activation: str, depth: int) -> None:
    """Deep networks of other activations show nothing, even where the run has failed for another reason."""
    rule = "xavier" if activation == "tanh" else "he"
    network = {"hidden": [16] * depth, "activation": activation}
    for base in (CIRCLES, SINE):
        case = case_of(base, network=network, init={"weights": {"name": rule}}, optimizer={"name": "sgd", "lr": 1e-7})
        assert not case.healthy
        assert not said_by(NAME, case)


def test_a_run_that_blew_up() -> None:
    """Where the loss was lost to infinity, what the gradient does in the wreck is not looked at."""
    case = case_of(SINE, network={"hidden": [16], "activation": "relu"}, optimizer={"name": "sgd", "lr": 10.0})
    assert case.outcome == "nan"
    assert not said_by(NAME, case)


@pytest.mark.slow
def test_what_vanished_later_follows_from_the_rate_that_did_it() -> None:
    """Units that a long step killed pass nothing back: that was not so at the start, and comes after the rate."""
    dataset = {"name": "blobs", "samples": 90, "standardize": "inputs"}
    network = {"hidden": [16], "activation": "relu"}
    optimizer = {"name": "sgd", "lr": 50.0, "schedule": "cosine"}
    case = case_of({"dataset": dataset, "network": network, "optimizer": optimizer, "steps": 300})
    suspicion = the_one(NAME, case)
    assert suspicion.evidence["first_to_last"] > 0.1
    assert "step" not in suspicion.where
    assert "over the run" in suspicion.symptom
    causes = [finding.cause for finding in findings_of(case)]
    assert causes[0] == "learning_rate_too_high"


def test_batch_normalisation_is_the_last_fix_to_be_tried_and_one_that_works() -> None:
    """The last candidate normalises the layers, and with it the run is healthy; not where a batch has one sample."""
    case = case_of(CIRCLES)
    normalised = (Change("network.batch_norm", True),)
    assert the_one(NAME, case).fixes[-1] == normalised
    assert case_of(CIRCLES, network={**CIRCLES["network"], "batch_norm": True}).healthy
    single = case_of(CIRCLES, batch_size=199, steps=300)
    assert normalised not in the_one(NAME, single).fixes
