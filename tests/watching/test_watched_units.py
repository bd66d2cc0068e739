"""Dead and saturated units of a watched script: counted while it runs, an event at the first step."""

from __future__ import annotations

import numpy as np
import pytest

from runner.files.history import is_null
from runner.recording.watching.step import Activated, Spot
from runner.recording.watching.units import CountedUnits

SPOT = Spot("train.py", (3, 9, 3, 25), "np.maximum(Z, 0)")
RELU = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])


@pytest.mark.parametrize(
    ("kind", "values", "axis", "share"),
    [
        ("relu", RELU, 0, 2 / 3),
        ("relu", RELU.T, 1, 2 / 3),
        ("relu", RELU, 1, 1 / 3),
        ("tanh", np.array([[1.0, 0.5], [-1.0, 1.0]]), 0, 1 / 2),
        ("sigmoid", np.array([[1.0, 0.5], [0.0, 1.0]]), 0, 1 / 2),
    ],
    ids=["rows are samples", "columns are samples", "units dead for every sample", "tanh", "sigmoid"],
)
def test_a_unit_is_lost_where_it_is_so_for_every_sample(kind: str, values: np.ndarray, axis: int, share: float) -> None:
    """0 for a ReLU, flat for tanh and sigmoid; the number of units is heard of with the step."""
    heard = []
    units = values.shape[1 - axis]
    one = Activated("A1", kind, SPOT, axis, units)
    counted = CountedUnits(
        [one], [[values]], lambda step, activated, count: heard.append((step, activated.name, count))
    )
    assert counted.shares(0) == [pytest.approx(share)]
    assert heard == [(0, "A1", round(share * units))]


def test_units_are_counted_at_logarithmic_distance() -> None:
    """Each of the first steps, later ever fewer; in between nothing is known."""
    counted = CountedUnits([Activated("A1", "relu", SPOT, 0, 3)], [[RELU]], lambda *_: None)
    steps = [step for step in range(1000) if not is_null(np.array(counted.shares(step))).any()]
    assert steps[:9] == list(range(9))
    assert 30 < len(steps) < 60


def test_an_activation_that_was_not_computed_is_unknown() -> None:
    """A turn that leaves a branch out gives no share, and no event."""
    counted = CountedUnits([Activated("A1", "relu", SPOT, 0, 3)], [[]], lambda *_: pytest.fail("nothing was computed"))
    assert is_null(np.array(counted.shares(0))).all()
