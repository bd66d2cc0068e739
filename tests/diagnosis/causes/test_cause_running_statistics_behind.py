"""Running statistics that are not those of the weights that were learnt."""

from __future__ import annotations

from typing import Any

import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "running_statistics_behind"
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles", "samples": 120},
    "network": {"hidden": [8, 8], "batch_norm": True},
    "optimizer": {"name": "adam", "lr": 0.01},
    "steps": 300,
}


def test_a_share_of_each_batch_that_is_too_small() -> None:
    """The loss with running statistics stands beside that of the last steps, and a larger share fixes the run."""
    case = case_of(CIRCLES, network={**CIRCLES["network"], "batch_norm_momentum": 0.001})
    evidence = the_one(NAME, case).evidence
    assert evidence["loss"] == case.conclusion.final["loss"]
    assert evidence["loss_of_batches"] == pytest.approx(case.losses[-30:-1].mean())
    assert evidence["ratio"] > 2.0
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.prescription[0].startswith("network.batch_norm_momentum=")
    assert finding.verified is not None


def test_statistics_that_are_up_to_date() -> None:
    """It is not named with the usual share, nor without normalisation."""
    healthy = case_of(CIRCLES)
    assert healthy.healthy
    assert list(said_by(NAME, healthy)) == []
    assert list(said_by(NAME, case_of(CIRCLES, network={"hidden": [8, 8]}))) == []
