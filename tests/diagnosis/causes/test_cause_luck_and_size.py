"""Runs whose end is luck, and networks that are too small: found by trial, not by a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by

XOR: dict[str, Any] = {"dataset": "xor", "optimizer": {"name": "sgd", "lr": 0.5}, "steps": 5000}


def two_units(seed: int) -> dict[str, Any]:
    rectifiers = {"network": {"hidden": [2], "activation": "relu"}, "init": {"weights": {"name": "he"}}}
    return {**XOR, **rectifiers, "optimizer": {"name": "sgd", "lr": 0.1}, "seed": seed}


def test_two_units_that_learn_on_other_seeds() -> None:
    """XOR by two units that ended half way: other seeds learn it, more units do on nearly all, and both are counted."""
    cases = [case_of(two_units(seed)) for seed in range(1, 5)]
    assert {case.healthy for case in cases} == {True, False}, "it is luck"
    finding = findings_of(next(case for case in cases if not case.healthy))[0]
    assert finding.cause == "local_minimum"
    assert finding.prescription == ("network.hidden=[8]",)
    assert finding.verified is not None
    learnt, seeds = finding.evidence["learnt"], finding.evidence["seeds"]
    assert 0 < learnt < seeds == 8
    assert f"{learnt} of 8 seeds learn; with network.hidden=[8], {finding.verified.seeds} do" in finding.symptom


def test_wider_layers_come_before_a_seed_that_learns() -> None:
    """Where four times as many units help on too few seeds, sixteen times as many are tried before a lucky seed."""
    case = next(case for seed in range(1, 9) if not (case := case_of(two_units(seed))).healthy)
    [suspicion] = said_by("local_minimum", case)
    assert [str(change) for fix in suspicion.fixes for change in fix] == ["network.hidden=[8]", "network.hidden=[32]"]


def test_one_unit_is_too_few() -> None:
    """XOR by one hidden unit fails on every seed, and eight units learn it."""
    case = case_of({**XOR, "network": {"hidden": [1], "activation": "tanh"}})
    finding = findings_of(case)[0]
    assert finding.cause == "too_few_units"
    assert finding.evidence["learnt"] == 0
    assert finding.verified is not None
    assert finding.verified.after == "converged"


def test_what_more_units_learn_by_heart_is_no_reason_for_them() -> None:
    """Random targets are learnt by heart by a wide network, which is no better on held-out samples: nothing is said."""
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    dataset = {"name": "inline", "X": X, "Y": y, "standardize": "both"}
    adam = {"name": "adam", "lr": 0.02}
    case = case_of({"dataset": dataset, "optimizer": adam, "steps": 1500, "network": {"hidden": [2]}})
    wide = case_of({"dataset": dataset, "optimizer": adam, "steps": 1500, "network": {"hidden": [32]}})
    assert not case.healthy
    assert wide.progress > 0.9
    assert {"too_few_units", "local_minimum"}.isdisjoint(finding.cause for finding in findings_of(case))


@pytest.mark.parametrize("hidden", [[8], []])
def test_networks_that_learn_or_have_no_hidden_units_are_silent(hidden: list[int]) -> None:
    """Nothing is tried for a run that learnt, nor for one that hidden units can't have failed."""
    case = case_of({**XOR, "network": {"hidden": hidden}})
    assert not said_by("local_minimum", case)
    assert not said_by("too_few_units", case)
