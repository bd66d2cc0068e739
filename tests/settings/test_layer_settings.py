"""What is refused of the settings of layers: dropout and batch normalisation."""

from __future__ import annotations

from typing import Any

import pytest
from problems_of import problems_of


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"dropout": 1.0}, "network.dropout"),
        ({"dropout": -0.1}, "network.dropout"),
        ({"hidden": [4, 4], "dropout": [0.1]}, "has 1 rates for 2 hidden layers"),
        ({"hidden": [4, 4], "dropout": [0.1, 1.5]}, "network.dropout[1]"),
        ({"hidden": [], "dropout": 0.5}, "needs a hidden layer"),
        ({"dropout": "half"}, "network.dropout"),
    ],
)
def test_rates_that_make_no_sense_are_refused(network: dict[str, Any], message: str) -> None:
    """A rate is at least 0 and below 1; a list has one for each hidden layer, of which there must be one."""
    (problem,) = problems_of({"network": network})
    assert message in problem


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"batch_norm": 1}, "network.batch_norm"),
        ({"batch_norm": True, "hidden": []}, "needs a hidden layer"),
        ({"batch_norm": True, "batch_norm_momentum": 0.0}, "network.batch_norm_momentum"),
        ({"batch_norm": True, "batch_norm_momentum": 1.5}, "network.batch_norm_momentum"),
        ({"batch_norm": True, "batch_norm_epsilon": -1e-5}, "network.batch_norm_epsilon"),
        ({"batch_norm_momentum": 0.5}, "needs network.batch_norm=true"),
    ],
)
def test_a_normalisation_that_makes_no_sense_is_refused(network: dict[str, Any], message: str) -> None:
    """The share of a batch is above 0 and at most 1, epsilon not negative; both need the normalisation itself."""
    (problem,) = problems_of({"network": network})
    assert message in problem


def test_long_steps_and_running_statistics_do_not_go_together() -> None:
    """L-BFGS moves the weights so far in a step that running statistics are those of other weights."""
    (problem,) = problems_of({"network": {"batch_norm": True}, "optimizer": {"name": "lbfgs"}})
    assert "network.batch_norm: must be false for lbfgs" in problem
