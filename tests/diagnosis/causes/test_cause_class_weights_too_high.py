"""Class weights that make a network give up the class that hardly counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "class_weights_too_high"
CLOUDS: dict[str, Any] = {
    "dataset": {
        "name": "blobs",
        "samples": 400,
        "classes": 2,
        "shares": [0.9, 0.1],
        "spread": 2.0,
        "box": 3.0,
        "seed": 7,
    },
    "network": {"hidden": [4]},
    "optimizer": {"name": "adam", "lr": 0.02},
    "steps": 300,
}


def test_weights_out_of_proportion() -> None:
    """How much more the small class counts in all, and the recall of the other; balanced weights fix it."""
    case = case_of(CLOUDS, loss={"class_weights": [1.0, 5000.0]})
    labels = case.setup.dataset.train.Y.argmax(axis=1)
    evidence = the_one(NAME, case).evidence
    assert evidence["ratio"] == pytest.approx(5000.0 * (labels == 1).sum() / (labels == 0).sum())
    assert evidence["recall_of_lost"] < 0.5
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.prescription == ("loss.class_weights=balanced",)
    assert finding.verified is not None
    assert np.isfinite(finding.verified.quality)


def test_weights_that_do_no_harm() -> None:
    """Balanced weights, none, and ones within a factor of ten of balance are no cause."""
    for weights in ("balanced", None, [1.0, 30.0]):
        assert list(said_by(NAME, case_of(CLOUDS, loss={"class_weights": weights}))) == []
