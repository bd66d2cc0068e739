"""Networks without biases, and what they can't compute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "missing_bias"
BASE: dict[str, Any] = {"optimizer": {"name": "sgd", "lr": 0.5}, "steps": 1500}


def network(**more: Any) -> dict[str, Any]:
    return {"bias": False, **more}


def fixed(case: Any) -> None:
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("network.bias=true",))
    assert finding.verified is not None
    assert finding.verified.quality > 0.95


def test_and_through_the_origin() -> None:
    """Without a bias one unit says 1/2 to (0, 0) and gets three of the four at most; with one, all of AND."""
    case = case_of(BASE, dataset={"name": "and"}, network=network(hidden=[]))
    evidence = the_one(NAME, case).evidence
    assert (evidence["best_without"], evidence["best_with"]) == (0.75, 1.0)
    fixed(case)


def test_or_through_the_origin() -> None:
    """All of OR counts as right, since 1/2 for (0, 0) is not above 1/2; that its loss stays is reported."""
    case = case_of(BASE, dataset={"name": "or"}, network=network(hidden=[]))
    assert case.conclusion.quality == 1.0
    assert the_one(NAME, case).evidence == {"samples_of_zeros": 1, "samples": 4}
    fixed(case)
    assert not said_by(NAME, case_of(BASE, dataset={"name": "or"}, network={"hidden": []}))


def test_a_line_that_misses_the_origin() -> None:
    """Of y = 5 - x on [0, 1] a line through the origin explains less than the mean does."""
    x = np.linspace(0, 1, 40)
    case = case_of(BASE, dataset={"name": "inline", "X": x, "Y": 5 - x}, network=network(hidden=[]))
    y = 5 - x
    slope = (x @ y) / (x @ x)
    by_hand = 1 - ((y - slope * x) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    evidence = the_one(NAME, case).evidence
    assert evidence["best_without"] == pytest.approx(by_hand)
    assert evidence["best_with"] == pytest.approx(1.0)
    fixed(case)


def test_tanh_without_a_bias_is_odd() -> None:
    """An odd network has nothing for a parabola, which is even: the best R² is about 0."""
    dataset = {"name": "formula", "formula": "x**2", "samples": 80, "standardize": "both"}
    adam = {"name": "adam", "lr": 0.02}
    case = case_of(BASE, dataset=dataset, network=network(hidden=[8], activation="tanh"), optimizer=adam)
    assert abs(case.conclusion.quality) < 0.05
    suspicion = the_one(NAME, case)
    assert suspicion.certain
    assert suspicion.evidence["best_without"] == pytest.approx(0.0, abs=0.05)
    fixed(case)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_circles_need_a_bias(activation: str) -> None:
    """Both rings lie on the same rays and on both sides: no odd or homogeneous function tells them apart."""
    dataset = {"name": "circles", "samples": 200, "noise": 0.03}
    case = case_of(BASE, dataset=dataset, network=network(hidden=[12], activation=activation))
    suspicion = the_one(NAME, case)
    assert suspicion.certain
    assert suspicion.evidence["best_without"] < 0.7
    assert suspicion.evidence["best_with"] > 0.95
    fixed(case)


@pytest.mark.parametrize(
    "config",
    [
        {"dataset": {"name": "x_plus_one", "samples": 50, "standardize": "both"}, "network": network(hidden=[])},
        {"dataset": {"name": "sine", "samples": 80}, "network": network(hidden=[8], activation="tanh")},
        {"dataset": {"name": "circles", "samples": 80}, "network": {"hidden": [8]}},
    ],
)
def test_runs_that_do_without_are_silent(config: dict[str, Any]) -> None:
    """A line through the origin, an odd function, and a network that has biases need nothing."""
    case = case_of({**BASE, "optimizer": {"name": "adam", "lr": 0.02}, **config})
    assert case.healthy
    assert not said_by(NAME, case)


def test_a_run_on_centred_data_that_failed_for_another_reason_is_not_blamed_on_the_biases() -> None:
    """A rate too low for an odd function of centred inputs isn't blamed on the biases."""
    dataset = {"name": "sine", "samples": 80, "standardize": "inputs"}
    optimizer = {"name": "sgd", "lr": 1e-9}
    case = case_of(BASE, dataset=dataset, network=network(hidden=[8], activation="tanh"), optimizer=optimizer)
    assert not case.healthy
    assert NAME not in [finding.cause for finding in findings_of(case)]
