"""Dead and saturated units: one definition, for the history, for events, and for the diagnosis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, trained

ZEROS = {"init": {"weights": {"name": "zeros"}}, "steps": 1}
HALF_DEAD = {
    "network": {"hidden": [4], "activation": "relu"},
    "init": {"weights": {"name": "explicit", "values": [[[-1, -1, 0, 0], [-1, -1, 0, 0]], [[1], [1], [1], [1]]]}},
    "dataset": {"name": "inline", "X": [[1.0, 1.0], [2.0, 1.0]], "Y": [[0.0], [1.0]], "task": "binary"},
    "steps": 1,
}


def events_of(config: dict[str, Any], **thresholds: float) -> list[tuple[str, int]]:
    """Kind and count of each event."""
    run = trained(PLANAR, **config, diagnosis={"thresholds": thresholds})
    return [(event["kind"], event["count"]) for event in run.events]


def test_a_unit_that_is_0_with_a_slope_is_not_dead() -> None:
    """A tanh unit with weights of 0 is 0 for every sample, and a gradient passes all the same."""
    run = trained(PLANAR, **ZEROS)
    assert run.history["dead/layer_1"][0] == run.history["saturated/layer_1"][0] == 0.0
    assert run.events == []


def test_an_identity_unit_is_never_dead() -> None:
    """Its slope is 1 everywhere."""
    assert trained(PLANAR, network={"activation": "identity"}, **ZEROS).history["dead/layer_1"][0] == 0.0


def test_dead_units_are_counted_by_hand() -> None:
    """Of four ReLU units two have negative z for both samples, and two have z = 0, where f' is 0 too."""
    shares = trained(PLANAR, **HALF_DEAD).history["dead/layer_1"]
    np.testing.assert_array_equal(shares[:1], [1.0])


@pytest.mark.parametrize(("threshold", "noted"), [(0.4, True), (0.5, False), (0.9, False)])
def test_the_event_follows_the_threshold(threshold: float, noted: bool) -> None:
    """A layer half of whose units are dead is an event where `diagnosis.thresholds.dead_units` is less than a half."""
    values = [[[-1, -1, 1, 1], [-1, -1, 1, 1]], [[1], [1], [1], [1]]]
    config = {**HALF_DEAD, "init": {"weights": {"name": "explicit", "values": values}}}
    assert events_of(config, dead_units=threshold) == ([("dead_units", 2)] if noted else [])
