"""Units on the flat of their activation for every sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import FUNCTIONS, passed
from cases import case_of, findings_of, said_by, the_one

NAME = "saturated_units"
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles"},
    "network": {"hidden": [8], "activation": "tanh"},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 2000,
}
DIGITS: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "network": {"hidden": [32], "activation": "tanh"},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "batch_size": 32,
    "epochs": 4,
}


def flat_share(case: Any, theta: Any) -> float:
    """The share of first-layer units whose slope, by formula, is below a thousandth of the steepest throughout."""
    Z, _ = passed(case.setup, theta)
    name = case.setup.architecture.activations[0].name
    steepest = {"tanh": 1.0, "sigmoid": 0.25}[name]
    return float((FUNCTIONS[name][1](Z[0][:1024]) < 1e-3 * steepest).all(axis=0).mean())


@pytest.mark.parametrize(
    ("base", "init", "fix"),
    [
        (CIRCLES, {"bias": {"name": "constant", "value": 20.0}}, "init.bias"),
        (DIGITS, {"weights": {"name": "normal", "mean": 0.5, "std": 0.1}}, "init.weights"),
    ],
    ids=["circles-bias", "digits-weights"],
)
def test_flat_from_the_start(base: dict[str, Any], init: dict[str, Any], fix: str) -> None:
    """All units are flat where the run starts: named right after the poor initial scale, whose fix brings them back."""
    case = case_of(base, init=init)
    suspicion = the_one(NAME, case)
    [layer] = suspicion.evidence["layers"]
    assert layer["at_start"] == flat_share(case, case.setup.initial) == 1.0
    assert layer["at_end"] == flat_share(case, case.theta) > 0.5
    assert suspicion.where == {"step": 0, "layer": 1, "tensor": "A1"}
    assert "on a flat part of tanh for every sample" in suspicion.symptom
    first, second, *_ = findings_of(case)
    assert first.cause == "poor_init_scale"
    assert [text.partition("=")[0] for text in first.prescription] == [fix]
    assert second.cause == NAME
    assert second.verified is not None


@pytest.mark.parametrize(
    ("base", "activation", "lr"),
    [(CIRCLES, "sigmoid", 1000.0), (DIGITS, "tanh", 30.0)],
    ids=["circles", "digits"],
)
def test_flat_since_a_long_step(base: dict[str, Any], activation: str, lr: float) -> None:
    """Units driven to the flat by updates are so since then, and come after the learning rate."""
    network = {**base["network"], "activation": activation}
    case = case_of(base, network=network, optimizer={"name": "sgd", "lr": lr})
    suspicion = the_one(NAME, case)
    [layer] = suspicion.evidence["layers"]
    assert layer["at_start"] == flat_share(case, case.setup.initial) == 0.0
    assert layer["at_end"] == flat_share(case, case.theta) > 0.5
    since = suspicion.where["step"]
    shares = dict(zip(case.history["step"], case.history["saturated/layer_1"], strict=True))
    assert since > 0
    assert shares[since] > 0.5
    assert f"since step {since:,}" in suspicion.symptom
    causes = [finding.cause for finding in findings_of(case)]
    assert causes[0] == "learning_rate_too_high"
    assert NAME in causes[:3]


def test_saturated_is_not_dead() -> None:
    """A dead ReLU has no slope either, but counts as dead."""
    init = {"weights": {"name": "he"}, "bias": {"name": "constant", "value": -10.0}}
    case = case_of(CIRCLES, network={"hidden": [8], "activation": "relu"}, init=init)
    assert said_by("dead_units", case)
    assert not said_by(NAME, case)


@pytest.mark.parametrize("base", [CIRCLES, DIGITS])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "elu", "softplus"])
def test_units_that_work(base: dict[str, Any], activation: str) -> None:
    """At the end of usual runs and of runs that are far too slow no layer is flat."""
    network = {**base["network"], "activation": activation}
    init = {"weights": {"name": "xavier"}}
    for lr in (0.5, 1e-6):
        case = case_of(base, network=network, init=init, optimizer={"name": "sgd", "lr": lr})
        assert np.isfinite(case.losses).all()
        assert not said_by(NAME, case)
