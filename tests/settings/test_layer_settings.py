"""What is refused of the settings of layers: dropout."""

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
