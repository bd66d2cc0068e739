"""Units that start equal, and stay so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import layers
from cases import case_of, findings_of, said_by, the_one

NAME = "symmetric_units"
XOR: dict[str, Any] = {
    "dataset": {"name": "xor"},
    "network": {"hidden": [8], "activation": "tanh"},
    "optimizer": {"name": "sgd", "lr": 1.0},
    "steps": 2000,
}
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles"},
    "network": {"hidden": [8], "activation": "relu"},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 1500,
}
PLANAR: dict[str, Any] = {
    "dataset": {"name": "planar"},
    "network": {"hidden": [8, 8], "activation": "leaky_relu"},
    "optimizer": {"name": "adam", "lr": 0.01},
    "steps": 1000,
}
ZEROS = {"weights": {"name": "zeros"}}
HALVES = {"weights": {"name": "constant", "value": 0.5}}


def explicit(*values: Any) -> dict[str, Any]:
    return {"weights": {"name": "explicit", "values": [np.asarray(value).tolist() for value in values]}}


@pytest.mark.parametrize(
    ("base", "init", "fix"),
    [
        pytest.param(XOR, ZEROS, "init.weights=xavier", id="xor-zeros"),
        pytest.param(XOR, HALVES, "init.weights=xavier", id="xor-constant"),
        pytest.param(CIRCLES, HALVES, "init.weights=he", id="circles-constant", marks=pytest.mark.slow),
        pytest.param(PLANAR, HALVES, "init.weights=he", id="planar-deep-adam", marks=pytest.mark.slow),
    ],
)
def test_a_layer_of_copies(base: dict[str, Any], init: dict[str, Any], fix: str) -> None:
    """Eight units that are one, at the start and at the end, come first, before the other effects of such a start."""
    case = case_of(base, init=init)
    suspicion = the_one(NAME, case)
    (W, b), (out, _), *_ = layers(case.setup, case.theta)
    for same in (W, b, out.T):
        assert np.ptp(same, axis=-1) == pytest.approx(0.0, abs=1e-9)
    assert suspicion.evidence["different_at_start"]["1"] == suspicion.evidence["different_at_end"] == 1
    assert suspicion.where == {"step": 0, "layer": 1, "tensor": "W1"}
    assert "all 8 units of layer 1 start with the same weights" in suspicion.symptom
    assert "and this is still so at the end" in suspicion.symptom
    assert suspicion.certain
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, (fix,))
    assert finding.verified is not None


def test_pairs_of_copies() -> None:
    """Four units in two pairs are two units."""
    W = np.array([[0.5, 0.5, -0.3, -0.3], [0.2, 0.2, 0.4, 0.4]])
    case = case_of(
        XOR, network={"hidden": [4], "activation": "tanh"}, init=explicit(W, [[1.0], [1.0], [-1.0], [-1.0]]), steps=20
    )
    suspicion = the_one(NAME, case)
    assert suspicion.evidence["different_at_start"] == {"1": 2}
    assert "the 4 units of layer 1 start with only 2 different sets of weights" in suspicion.symptom


@pytest.mark.parametrize("other", ["in", "out"])
def test_units_that_differ_on_one_side(other: str) -> None:
    """Equal weights in and different ones out part with the first update, and the other way round."""
    rng = np.random.default_rng(0)
    W, out = np.full((2, 4), 0.5), np.full((4, 1), 0.5)
    if other == "in":
        W = rng.normal(size=(2, 4))
    else:
        out = rng.normal(size=(4, 1))
    case = case_of(XOR, network={"hidden": [4], "activation": "tanh"}, init=explicit(W, out), steps=20)
    (W1, _), _ = layers(case.setup, case.theta)
    assert (np.ptp(W1, axis=1) > 1e-3).all()
    assert not said_by(NAME, case)


def test_twins_in_a_wide_layer() -> None:
    """Two equal units among eight are named in no failed run: six others are left."""
    rng = np.random.default_rng(0)
    W, out = rng.normal(size=(2, 8)), rng.normal(size=(8, 1))
    W[:, 1], out[1] = W[:, 0], out[0]
    case = case_of(XOR, init=explicit(W, out), steps=5)
    assert not case.healthy
    assert not said_by(NAME, case)


def test_without_hidden_units() -> None:
    """Zeros are a good start for a linear model, and a hidden layer of one unit has no copies."""
    for hidden in ([], [1]):
        case = case_of(XOR, network={"hidden": hidden}, init=ZEROS, steps=20)
        assert not case.healthy
        assert not said_by(NAME, case)


@pytest.mark.parametrize("base", [XOR, CIRCLES, PLANAR])
def test_random_starts(base: dict[str, Any]) -> None:
    """Random weights show nothing, in a run that gets there and in one that is far too slow."""
    case = case_of(base)
    assert not said_by(NAME, case)
    assert not findings_of(case)
    slow = case_of(base, optimizer={"name": "sgd", "lr": 1e-6}, steps=200)
    assert not slow.healthy
    assert not said_by(NAME, slow)
