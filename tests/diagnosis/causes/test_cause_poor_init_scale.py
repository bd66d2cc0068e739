"""Initial weights and biases of the wrong size."""

from __future__ import annotations

from typing import Any

import pytest
from by_hand import layers, passed
from cases import case_of, findings_of, said_by, the_one

from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.fixes.starts import rules
from runner.settings import validate
from runner.training.setup import prepare

NAME = "poor_init_scale"
XOR: dict[str, Any] = {
    "dataset": {"name": "xor"},
    "network": {"hidden": [8], "activation": "tanh"},
    "optimizer": {"name": "sgd", "lr": 1.0},
    "steps": 1000,
}
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles"},
    "network": {"hidden": [8, 8], "activation": "relu"},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 1000,
}
DIGITS: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "network": {"hidden": [32, 32], "activation": "relu"},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "batch_size": 32,
    "epochs": 5,
}


def weights(**rule: Any) -> dict[str, Any]:
    return {"weights": rule}


def gains(case: Any) -> list[float]:
    """The mean square of W A beside that of A, layer by layer."""
    _, A = passed(case.setup, case.setup.initial)
    parts = layers(case.setup, case.setup.initial)
    return [((a[:1024] @ W) ** 2).mean() / (a[:1024] ** 2).mean() for a, (W, _) in zip(A, parts, strict=False)]


def first_is_fixed(case: Any, *prescription: str) -> None:
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, prescription)
    assert finding.verified is not None


@pytest.mark.parametrize(
    ("base", "std", "fix"),
    [
        (XOR, 1e-4, "init.weights=xavier"),
        (DIGITS, 1e-4, "init.weights=he"),
        (DIGITS, 10.0, "init.weights=he"),
    ],
    ids=["small-xor", "small-digits", "large-digits"],
)
def test_weights_of_the_wrong_size(base: dict[str, Any], std: float, fix: str) -> None:
    """The gains are the textbook's, the cause comes first, and the rule for its layers fixes it."""
    case = case_of(base, init=weights(name="normal", std=std))
    suspicion = the_one(NAME, case)
    shown = [layer["gain"] for layer in suspicion.evidence["layers"]]
    assert shown == pytest.approx(gains(case))
    assert not any(0.1 < gain < 10.0 for gain in shown)
    assert suspicion.strength > 1.0
    first_is_fixed(case, fix)


@pytest.mark.parametrize("base", [XOR, CIRCLES], ids=["xor", "circles"])
def test_biases_that_drown_the_inputs(base: dict[str, Any]) -> None:
    """Biases of -10 with weights of the right size are found by the ratio of their squares, and set to zero."""
    network = {"hidden": [8], "activation": "relu"}
    init = {"weights": {"name": "he"}, "bias": {"name": "constant", "value": -10.0}}
    case = case_of(base, network=network, init=init, optimizer={"name": "sgd", "lr": 0.5}, steps=2000)
    suspicion = the_one(NAME, case)
    (W, b), *_ = layers(case.setup, case.setup.initial)
    by_hand = (b**2).mean() / ((case.setup.dataset.train.X @ W) ** 2).mean()
    assert suspicion.evidence["layers"][0]["bias_beside"] == pytest.approx(by_hand)
    assert f"the mean square of b1 is {by_hand:.3g} times that of W1 A0" in suspicion.symptom
    first_is_fixed(case, "init.bias=zeros")
    assert {"dead_units"} < suspicion.explains


def test_activations_that_die_away_with_depth() -> None:
    """Where each layer alone is within the limit, the drift over all of them tells."""
    network = {"hidden": [32] * 10, "activation": "relu"}
    dataset = {"name": "circles", "samples": 100}
    case = case_of(CIRCLES, dataset=dataset, network=network, init=weights(name="normal", std=0.1), steps=600)
    suspicion = the_one(NAME, case)
    _, A = passed(case.setup, case.setup.initial)
    drift = (A[10] ** 2).mean() / (A[1] ** 2).mean()
    assert suspicion.evidence["drift"] == pytest.approx(drift)
    assert suspicion.where["layer"] == 10
    assert f"the mean square of A10 is {drift:.3g} times that of A1" in suspicion.symptom
    assert all(gain > 0.1 for gain in gains(case)[1:-1])
    first_is_fixed(case, "init.weights=he")


def test_weights_of_one_sign_add_up() -> None:
    """Uniform weights between 0 and 1 on 64 inputs: the mean square grows by hundreds, and the sentence says why."""
    network = {"hidden": [32], "activation": "sigmoid"}
    case = case_of(DIGITS, network=network, init=weights(name="uniform"))
    suspicion = the_one(NAME, case)
    gain = gains(case)[0]
    assert gain > 100.0
    assert f"the mean square of W1 A0 is {gain:.3g} times that of A0" in suspicion.symptom
    assert "nearly all weights have the same sign" in suspicion.symptom
    first_is_fixed(case, "network.activation=tanh", "init.weights=xavier")


def test_a_rate_that_suits_the_fixed_start() -> None:
    """Large weights make a usual rate too high: the start explains the rate, and comes before it."""
    case = case_of(DIGITS, init=weights(name="normal", std=10.0))
    assert case.rate_ratio > 1.0
    assert "learning_rate_too_high" in the_one(NAME, case).explains


@pytest.mark.parametrize("rule", ["he", "xavier", "lecun", "orthogonal"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu"])
def test_the_usual_rules(rule: str, activation: str) -> None:
    """Nothing is said about them, whatever the data, the widths and the depth, even in a run that has gone nowhere."""
    datasets: list[dict[str, Any]] = [
        {"name": "xor"},
        {"name": "planar"},
        {"name": "digits", "valid_fraction": 0.9},
        {"name": "x_plus_one"},
        {"name": "sine", "standardize": "both"},
    ]
    for dataset in datasets:
        for hidden in ([64], [16, 16, 16]):
            network = {"hidden": hidden, "activation": activation}
            for seed in range(2):
                case = case_of({}, dataset=dataset, network=network, init=weights(name=rule), steps=1, seed=seed)
                assert not said_by(NAME, case), (dataset, hidden, seed)


def test_a_network_without_hidden_layers() -> None:
    """A linear model may start at zero, or far away, without anybody minding."""
    for std in (0.0, 1e-4, 30.0):
        case = case_of(XOR, network={"hidden": []}, init=weights(name="normal", std=std), steps=1)
        assert not said_by(NAME, case)


def test_a_healthy_run_from_a_poor_start() -> None:
    """A run that gets there from weights that were too large is left alone."""
    case = case_of(XOR, init=weights(name="normal", std=4.0), steps=4000)
    assert case.healthy
    assert not findings_of(case)


def test_other_causes_of_standstill() -> None:
    """A learning rate that is far too low is not put down to the start."""
    case = case_of(CIRCLES, init=weights(name="he"), optimizer={"name": "sgd", "lr": 1e-5})
    assert not case.healthy
    assert not said_by(NAME, case)


@pytest.mark.parametrize(
    ("activation", "start"), [("relu", "he"), ("gelu", "he"), ("silu", "he"), ("tanh", "xavier"), ("selu", "lecun")]
)
def test_the_first_start_to_be_tried_suits_the_activation(activation: str, start: str) -> None:
    """Rectifiers lose half of the variance and get He's rule; selu is made for LeCun's."""
    setup = prepare(validate({"network": {"hidden": [4, 4], "activation": activation}}))
    assert rules(setup)[0] == (Change("init.weights", start),)
