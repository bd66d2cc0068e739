"""ReLU units that are 0 for every sample."""

from __future__ import annotations

from typing import Any

import pytest
from by_hand import passed
from cases import case_of, findings_of, said_by, the_one

NAME = "dead_units"
XOR: dict[str, Any] = {
    "dataset": {"name": "xor"},
    "network": {"hidden": [8], "activation": "relu"},
    "init": {"weights": {"name": "uniform", "low": -1.0, "high": 0.0}},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 2000,
}
PARITY: dict[str, Any] = {**XOR, "dataset": {"name": "parity"}, "network": {"hidden": [16], "activation": "relu"}}
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles"},
    "network": {"hidden": [16], "activation": "relu"},
    "init": {"weights": {"name": "he"}},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 1000,
}
DIGITS: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "network": {"hidden": [32], "activation": "relu"},
    "init": {"weights": {"name": "he"}},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "batch_size": 32,
    "epochs": 5,
}


def dead_share(case: Any, theta: Any, layer: int = 1) -> float:
    """The share of units that a textbook's forward pass of 1,024 samples gives nothing but 0 for."""
    _, A = passed(case.setup, theta)
    return float((A[layer][:1024] == 0.0).all(axis=0).mean())


@pytest.mark.parametrize("base", [XOR, PARITY], ids=["xor", "parity"])
def test_negative_weights_on_positive_inputs(base: dict[str, Any]) -> None:
    """With inputs of 0 and 1 no unit of negative weights ever wakes: dead from the start, fixed by a random one."""
    case = case_of(base)
    suspicion = the_one(NAME, case)
    [layer] = suspicion.evidence["layers"]
    assert layer["at_start"] == dead_share(case, case.setup.initial) == 1.0
    assert layer["at_end"] == dead_share(case, case.theta) == 1.0
    assert suspicion.where == {"step": 0, "layer": 1, "tensor": "A1"}
    count = case.setup.architecture.sizes[1]
    assert f"{count} of {count} in layer 1 are 0 for every sample from the start on" in suspicion.symptom
    assert suspicion.certain
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("init.weights=he",))
    assert finding.verified is not None


@pytest.mark.parametrize(("base", "lr"), [(CIRCLES, 100.0), (DIGITS, 30.0)], ids=["circles", "digits"])
def test_units_killed_by_an_update(base: dict[str, Any], lr: float) -> None:
    """Units that a long step has killed are dead since then, and come after the learning rate that did it."""
    case = case_of(base, optimizer={"name": "sgd", "lr": lr})
    suspicion = the_one(NAME, case)
    [layer] = suspicion.evidence["layers"]
    assert layer["at_start"] == dead_share(case, case.setup.initial) < 0.5
    assert layer["at_end"] == dead_share(case, case.theta) > 0.5
    since = suspicion.where["step"]
    assert 0 < since < 20
    shares = dict(zip(case.history["step"], case.history["dead/layer_1"], strict=True))
    assert shares[since] > 0.5
    assert f"since step {since:,}" in suspicion.symptom
    causes = [finding.cause for finding in findings_of(case)]
    assert causes[0] == "learning_rate_too_high"
    assert NAME in causes[:3]


def test_biases_that_kill() -> None:
    """Biases of -10 kill the first layer, and are named as a poor initial scale before what follows from it."""
    init = {"weights": {"name": "he"}, "bias": {"name": "constant", "value": -10.0}}
    case = case_of(CIRCLES, init=init)
    assert the_one(NAME, case).evidence["layers"][0]["at_start"] == dead_share(case, case.setup.initial) == 1.0
    assert [finding.cause for finding in findings_of(case)[:2]] == ["poor_init_scale", NAME]


def test_zeros_with_a_slope() -> None:
    """A tanh of 0 for every sample isn't dead: its slope is 1."""
    case = case_of(XOR, network={"hidden": [8], "activation": "tanh"}, init={"weights": {"name": "zeros"}})
    _, A = passed(case.setup, case.theta)
    assert (A[1] == 0.0).all()
    assert not said_by(NAME, case)


@pytest.mark.parametrize("base", [CIRCLES, DIGITS])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_units_that_live(base: dict[str, Any], activation: str) -> None:
    """Runs that get there, and runs that are far too slow, have no dead layer."""
    network = {**base["network"], "activation": activation}
    case = case_of(base, network=network)
    assert not said_by(NAME, case)
    assert not findings_of(case)
    slow = case_of(base, network=network, optimizer={"name": "sgd", "lr": 1e-6})
    assert not slow.healthy
    assert not said_by(NAME, slow)


def test_units_that_were_not_looked_at_on_the_way() -> None:
    """With the light watch it is not known since when units are dead: they are so at the end."""
    case = case_of(CIRCLES, optimizer={"name": "sgd", "lr": 100.0}, watch={"units": False, "layers": False})
    assert the_one(NAME, case).symptom.endswith("are 0 for every sample at the end of the run.")


def test_a_dead_output() -> None:
    """A ReLU output that is 0 for every sample is the cause, with the step from which nothing has had a gradient."""
    network = {"hidden": [8], "activation": "tanh", "output": "relu"}
    start = {"bias": {"name": "constant", "value": -20.0}}
    case = case_of(XOR, network=network, init=start, loss={"name": "squared_error"})
    _, A = passed(case.setup, case.theta)
    assert (A[2] == 0.0).all()
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.where == {"step": 0, "layer": 2, "tensor": "A2"}
    assert "The output layer is dead: the output is 0 for every sample from the start on" in finding.symptom
    assert finding.verified is not None
    assert any(change.startswith("network.output=") for change in finding.prescription)


def test_an_output_that_dies_later() -> None:
    """A rate that throws the output below 0: the step is the first from which on no parameter had a gradient."""
    network = {"hidden": [4], "activation": "relu", "output": "relu"}
    start = {"weights": {"name": "uniform", "low": 0.0, "high": 1.0}}
    case = case_of(XOR, network=network, init=start, loss={"name": "squared_error"}, steps=200)
    suspicion = the_one(NAME, case)
    since = int(suspicion.where["step"])
    norms = case.history["grad_norm"]
    assert since > 0
    assert suspicion.where["layer"] in (1, 2)
    assert norms[since - 1] > 0.0
    assert (norms[since:-1] == 0.0).all()
