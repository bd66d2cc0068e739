"""Gradients that grow on their way back, or from step to step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import gradient_norms
from cases import case_of, findings_of, said_by, the_one

NAME = "exploding_gradient"
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles", "samples": 200},
    "network": {"hidden": [16] * 14, "activation": "tanh"},
    "init": {"weights": {"name": "normal", "std": 0.9}},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "steps": 300,
}
DIGITS: dict[str, Any] = {
    "dataset": {"name": "digits", "valid_fraction": 0.5},
    "network": {"hidden": [32] * 14, "activation": "tanh"},
    "init": {"weights": {"name": "normal", "std": 0.9}},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "batch_size": 32,
    "epochs": 5,
}
SINE: dict[str, Any] = {
    "dataset": {"name": "sine", "standardize": "both"},
    "network": {"hidden": [16], "activation": "relu"},
    "init": {"weights": {"name": "he"}},
    "optimizer": {"name": "sgd", "lr": 0.5, "momentum": 0.9},
    "steps": 500,
}


@pytest.mark.parametrize("base", [CIRCLES, DIGITS], ids=["circles", "digits"])
def test_growth_through_the_layers(base: dict[str, Any]) -> None:
    """The ratio of the first layer's norm to the last's is that of backpropagation by formula."""
    case = case_of(base)
    suspicion = the_one(NAME, case)
    norms = gradient_norms(case.setup, case.setup.initial)
    assert suspicion.evidence["norms_at_start"] == pytest.approx(norms, rel=1e-6)
    assert suspicion.evidence["first_to_last"] == pytest.approx(norms[0] / norms[-1], rel=1e-6)
    assert suspicion.evidence["ratio"] >= suspicion.evidence["first_to_last"] > 70.0
    assert suspicion.where["tensor"] == "dW1"
    assert [str(change) for change in suspicion.fixes[0]] == ["init.weights=xavier"]
    assert suspicion.strength == pytest.approx(np.log10(suspicion.evidence["ratio"] / 70.0), abs=0.1)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_growth_from_step_to_step(momentum: float) -> None:
    """Where a run blows up, the growth is that of the recorded norms, and comes after the learning rate, with a fix."""
    case = case_of(SINE, optimizer={"name": "sgd", "lr": 0.5, "momentum": momentum})
    suspicion = the_one(NAME, case)
    norms = case.history["grad_norm"]
    norms = norms[np.isfinite(norms)]
    assert suspicion.evidence["growth"] == pytest.approx(norms[-len(norms) // 10 :].max() / norms[0])
    assert suspicion.evidence["growth"] > 1e10
    assert suspicion.where == {"step": len(case.history) - 1}
    assert "times that at the first step" in suspicion.symptom
    assert [str(change) for change in suspicion.fixes[0]] == ["optimizer.clip_norm=1"]
    findings = findings_of(case)
    assert [finding.cause for finding in findings[:2]] == ["learning_rate_too_high", NAME]


def test_large_weights_are_named_first() -> None:
    """Large weights in many layers make the gradient explode: the start's scale is the cause."""
    network = {"hidden": [16] * 6, "activation": "relu"}
    init = {"weights": {"name": "normal", "std": 1.0}}
    case = case_of(CIRCLES, network=network, init=init, steps=500)
    assert findings_of(case)[0].cause == "poor_init_scale"


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_usual_starts(activation: str) -> None:
    """Networks of any depth with a usual start show nothing, whether they get there or are far too slow."""
    for base in (CIRCLES, DIGITS, SINE):
        for depth in (1, 3, 6):
            network = {"hidden": [16] * depth, "activation": activation}
            init = {"weights": {"name": "xavier"}}
            case = case_of(
                base, network=network, init=init, optimizer={"name": "sgd", "lr": 1e-4}, steps=50, epochs=None
            )
            assert not said_by(NAME, case), (base["dataset"], depth)
