"""Layers that are normalised over so few samples that their statistics are noise."""

from __future__ import annotations

from typing import Any

import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "batch_too_small"
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles", "samples": 80},
    "network": {"hidden": [12, 12], "activation": "relu", "batch_norm": True},
    "optimizer": {"name": "sgd", "lr": 0.1},
}


@pytest.mark.parametrize("length", [{"steps": 600}, {"epochs": 15}])
def test_batches_of_two(length: dict[str, int]) -> None:
    """They come first, without what follows from them; larger batches, with as many updates, fix the run."""
    case = case_of(CIRCLES, batch_size=2, **length)
    assert the_one(NAME, case).evidence == {"batch_size": 2, "samples": 80}
    finding, *others = findings_of(case)
    assert finding.cause == NAME
    assert finding.prescription[0] == "batch_size=32"
    assert finding.verified is not None
    assert [other.cause for other in others if other.verified is None] == []


def test_batches_that_are_large_enough_or_not_normalised() -> None:
    """Sixteen samples are enough, all samples are what there is, and without normalisation nothing is said."""
    for more in ({"batch_size": 16}, {"batch_size": None}, {"batch_size": 2, "network": {"hidden": [4]}}):
        assert list(said_by(NAME, case_of(CIRCLES, **{"steps": 20, **more}))) == []
