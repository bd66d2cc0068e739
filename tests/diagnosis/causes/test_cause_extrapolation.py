"""Networks that are tested where they were not trained."""

from __future__ import annotations

from typing import Any

import pytest
from cases import case_of, findings_of, said_by

NAME = "extrapolation"
SQUARES: dict[str, Any] = {
    "dataset": {
        "name": "formula",
        "formula": "x**2",
        "low": 1,
        "high": 10,
        "samples": 60,
        "test_range": (15, 20),
        "standardize": "both",
    },
    "network": {"hidden": [8]},
    "optimizer": {"name": "adam", "lr": 0.02},
    "steps": 1500,
}


def test_squares_beyond_those_that_were_learnt() -> None:
    """A run that learnt x² up to 10 and is tested up to 20 says so, with both ranges in the units of the data."""
    case = case_of(SQUARES)
    assert case.healthy
    [finding] = findings_of(case)
    assert finding.cause == NAME
    assert finding.evidence["training_range"] == pytest.approx([1, 10], abs=1.0)
    assert finding.evidence["test_range"] == pytest.approx([15, 20], abs=1.0)
    assert finding.evidence["test_loss"] > 100 * finding.evidence["training_loss"]


@pytest.mark.parametrize(
    "changes",
    [
        {"test_range": (2, 9)},
        {"formula": "2*x+1"},
        {"test_range": None, "test_fraction": 0.2},
        {"test_range": None},
    ],
)
def test_where_the_network_is_right_or_the_range_the_same_nothing_is_said(changes: dict[str, Any]) -> None:
    """A test inside the range of training is no extrapolation, nor is a line that a linear network goes on with."""
    network = {"hidden": []} if "formula" in changes else SQUARES["network"]
    case = case_of(SQUARES, dataset={**SQUARES["dataset"], **changes}, network=network)
    assert not said_by(NAME, case)
