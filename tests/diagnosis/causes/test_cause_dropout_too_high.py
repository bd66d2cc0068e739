"""So many units dropped out that nothing is learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "dropout_too_high"
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles", "samples": 120},
    "optimizer": {"name": "adam", "lr": 0.01},
    "steps": 300,
}


@pytest.mark.parametrize("rate", [0.95, [0.9, 0.1]])
def test_too_few_units_are_left(rate: float | list[float]) -> None:
    """It comes first, with the loss with masks and without, and a lower rate fixes the run."""
    case = case_of(CIRCLES, network={"hidden": [8, 8], "dropout": rate})
    evidence = the_one(NAME, case).evidence
    assert evidence["rate"] == np.max(rate)
    assert evidence["loss_with_masks"] == pytest.approx(case.losses[-30:-1].mean())
    assert evidence["loss"] == case.conclusion.final["loss"]
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.prescription[0].startswith("network.dropout=")
    assert finding.verified is not None


def test_a_rate_that_is_not_to_blame() -> None:
    """It is not named where there is no dropout, nor where less of it fixes nothing."""
    linear = {"hidden": [8], "activation": "identity"}
    assert list(said_by(NAME, case_of(CIRCLES, network=linear))) == []
    dropped = case_of(CIRCLES, network={**linear, "dropout": 0.3})
    assert NAME not in {finding.cause for finding in findings_of(dropped)}
