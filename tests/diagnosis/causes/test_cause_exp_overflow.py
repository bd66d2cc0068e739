"""Exponentials beyond the range of the type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import passed
from cases import case_of, findings_of, said_by, the_one

NAME = "exp_overflow"
BLOBS: dict[str, Any] = {
    "dataset": {"name": "blobs"},
    "network": {"hidden": [8], "activation": "relu"},
    "init": {"weights": {"name": "normal", "std": 30.0}},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "faults": ["naive_softmax"],
    "steps": 300,
}
DIGITS: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "network": {"hidden": [8, 8], "activation": "relu"},
    "init": {"weights": {"name": "normal", "std": 3.0}},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "faults": ["naive_softmax"],
    "dtype": "float32",
    "steps": 300,
}


@pytest.mark.parametrize(("config", "largest"), [(BLOBS, 709.78), (DIGITS, 88.72)])
def test_the_entries_beyond_the_range(config: dict[str, Any], largest: float) -> None:
    """The entries counted are those whose Z is above log of the type's largest number."""
    case = case_of(config)
    suspicion = the_one(NAME, case)
    Z, _ = passed(case.setup, case.theta)
    k = len(Z)
    assert suspicion.evidence["count"] == (Z[-1] > largest).sum() > 0
    assert suspicion.evidence["samples"] == np.flatnonzero((Z[-1] > largest).any(axis=1))[:10].tolist()
    assert suspicion.where == {"step": 0, "layer": k, "tensor": f"A{k}"}
    assert f"A{k} = exp(Z{k}) overflows" in suspicion.symptom
    assert suspicion.symptom.endswith(f": Z{k} reaches {Z[-1].max():.4g}.")
    assert suspicion.certain


def test_the_mistake_comes_before_the_overflow() -> None:
    """An unguarded softmax is named as such; that its exponential overflows is how it shows."""
    causes = [finding.cause for finding in findings_of(case_of(BLOBS))]
    assert causes[0] == "naive_softmax"
    assert NAME not in causes[:2]


def test_underflow_of_all_classes() -> None:
    """Where all exponentials of a sample are 0, the division by their sum has no value."""
    weights = {"name": "explicit", "values": [[[-900.0] * 3, [-800.0] * 3]]}
    x = [[1.0, 0.5], [2.0, 1.0], [3.0, 2.0]]
    dataset = {"name": "inline", "X": x, "Y": [0, 1, 2], "task": "classes"}
    case = case_of(BLOBS, dataset=dataset, network={"hidden": []}, init={"weights": weights})
    suspicion = the_one(NAME, case)
    assert suspicion.evidence["count"] == 9
    assert "divides by 0 in 9 of 9 entries (samples 0, 1, 2)" in suspicion.symptom


def test_an_overflow_that_comes_out_as_zero() -> None:
    """Within a sigmoid the same overflow gives an exact 0: the logarithm after it is what fails."""
    init = {"weights": {"name": "explicit", "values": [[[-800.0], [-800.0]]]}}
    loss = {"name": "auto", "from_logits": False}
    case = case_of({}, dataset={"name": "and"}, network={"hidden": []}, init=init, loss=loss, steps=20)
    assert case.outcome == "nan"
    assert not said_by(NAME, case)
    assert said_by("log_of_zero", case)


@pytest.mark.parametrize("config", [BLOBS, DIGITS])
def test_guarded_exponentials(config: dict[str, Any]) -> None:
    """The same starts without the mistake show nothing of the kind."""
    assert not said_by(NAME, case_of(config, faults=[]))
