"""The sketch of a curve: few points, evenly spaced, with the extremes and the end."""

from __future__ import annotations

import numpy as np
import pytest
from run_folders import COLUMNS, rows

from runner.tracking.content.sketch import CurvePoint, Sketch, evenly_spaced, reserve, stride_for


def drawn(sketch: Sketch, table: np.ndarray, block: int) -> dict[str, list[CurvePoint]]:
    """All points by curve, the rows coming in blocks."""
    points = [p for start in range(0, len(table), block) for p in sketch.running(table[start : start + block])]
    points += sketch.ending(table)
    return {name: [p for p in points if p.name == name] for name in ("loss", "grad_norm", "valid_loss")}


@pytest.mark.parametrize(("steps", "points", "stride"), [(99, 200, 1), (3999, 200, 23), (100_000, 50, 2632)])
def test_stride_leaves_room_for_the_end(steps: int, points: int, stride: int) -> None:
    """The stride is the smallest that leaves the reserve free."""
    assert stride_for(steps, points) == stride
    assert -(-(steps + 1) // stride) <= points - reserve(points)


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize("points", [2, 5, 50, 5000])
def test_no_curve_has_more_points_than_allowed(block: int, points: int) -> None:
    """However the rows come, each curve has at most `points` points, no step twice."""
    curves = drawn(Sketch(COLUMNS, 999, points), rows(999), block)
    for curve in curves.values():
        steps = [point.step for point in curve]
        assert 0 < len(steps) <= points
        assert len(set(steps)) == len(steps)


def test_blocks_do_not_change_the_sketch() -> None:
    """The points don't depend on how the rows were cut into blocks."""
    whole = drawn(Sketch(COLUMNS, 999, 50), rows(999), 1000)
    assert drawn(Sketch(COLUMNS, 999, 50), rows(999), 13) == whole


def test_running_points_are_evenly_evenly_spaced() -> None:
    """While the run goes on, every stride-th step of a full column is sent."""
    sketch = Sketch(COLUMNS, 999, 50)
    steps = [point.step for point in sketch.running(rows(999)) if point.name == "loss"]
    assert steps == list(range(0, 1000, stride_for(999, 50)))


def test_sparse_column_gives_a_value_of_each_stride() -> None:
    """A column that is null at most steps gives its first value in every stride."""
    steps = [p.step for p in Sketch(COLUMNS, 999, 50).running(rows(999)) if p.name == "valid_loss"]
    stride = stride_for(999, 50)
    first = {step // stride: step for step in reversed(range(5, 1000, 10))}
    assert steps == sorted(first.values())


def test_end_adds_the_extremes_and_the_last_values() -> None:
    """A peak between two strides and the last values are there in the end."""
    loss = {p.step: p.value for p in drawn(Sketch(COLUMNS, 999, 50), rows(999), 100)["loss"]}
    assert loss[33] == 7.0
    assert {999, 998, 997, 996} <= set(loss)


def test_early_end_is_filled_evenly() -> None:
    """A run that ends after a hundredth of its plan still gets all the points there are."""
    loss = drawn(Sketch(COLUMNS, 100_000, 200), rows(100), 1000)["loss"]
    assert sorted(point.step for point in loss) == list(range(101))


def test_only_finite_numbers_become_points() -> None:
    """NaN and infinity are never sent, not even as the last value."""
    table = rows(100)
    table[40, 1], table[41, 1], table[100, 1] = np.inf, -np.inf, np.nan
    curves = drawn(Sketch(COLUMNS, 100, 5000), table, 10)
    assert np.isfinite([p.value for curve in curves.values() for p in curve]).all()
    assert {40, 41, 100}.isdisjoint(p.step for p in curves["loss"])
    assert max(p.step for p in curves["loss"]) == 99


def test_column_without_a_number_has_no_curve() -> None:
    """A column that is null throughout sends nothing."""
    table = rows(100)
    table[:, 3] = np.nan
    assert drawn(Sketch(COLUMNS, 100, 50), table, 10)["valid_loss"] == []


def test_spread_takes_both_ends() -> None:
    """Evenly spaced positions include the first and the last."""
    assert evenly_spaced(np.arange(101), 5).tolist() == [0, 25, 50, 75, 100]
    assert evenly_spaced(np.arange(3), 5).tolist() == [0, 1, 2]
    assert evenly_spaced(np.arange(3), 0).tolist() == []


def test_only_the_named_kinds_of_curves_are_sent() -> None:
    """Columns that are no curves of MLflow's (statistics of activations, the step) stay in the table."""
    sketch = Sketch(["step", "loss", "dead/layer_1", "activation_mean/layer_1"], 9, 50)
    table = np.column_stack([np.arange(10.0), np.ones((10, 3))])
    assert {point.name for point in sketch.running(table)} == {"loss", "dead/layer_1"}
