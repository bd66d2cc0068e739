"""Standardisation against NumPy's statistics, at the ends of float64 too."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler

from runner.datasets import Scaling
from runner.datasets.scaling import moments

X = np.random.default_rng(0).normal([5.0, -300.0], [0.1, 40.0], size=(200, 2))
Y = np.random.default_rng(1).normal(1e6, 1e3, size=(200, 1))


def test_mean_zero_and_deviation_one():
    """Standardised columns have mean 0 and deviation 1, and come back to what they were."""
    scaling = Scaling.fit(X, Y, "both")
    for scaled in (scaling.inputs(X), scaling.targets(Y)):
        np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(scaled.std(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(scaling.outputs(scaling.targets(Y)), Y, rtol=1e-14)


def test_minmax_is_that_of_scikit_learn():
    """Columns go from 0 to 1 as under MinMaxScaler, constant ones to 0; the targets come back, and so does new data."""
    columns = np.column_stack([X, np.full(len(X), 7.0)])
    scaling = Scaling.fit(columns, Y, "both", "minmax")
    theirs = MinMaxScaler().fit(columns)
    np.testing.assert_allclose(scaling.inputs(columns), theirs.transform(columns), atol=1e-12)
    np.testing.assert_allclose(scaling.inputs(columns + 50), theirs.transform(columns + 50), rtol=1e-12)
    assert (scaling.targets(Y).min(), scaling.targets(Y).max()) == (0.0, 1.0)
    np.testing.assert_allclose(scaling.outputs(scaling.targets(Y)), Y, rtol=1e-14)
    again = Scaling.from_arrays(scaling.arrays())
    assert again.inputs(columns).tobytes() == scaling.inputs(columns).tobytes()


def test_minmax_of_the_whole_range_of_float64():
    """A range that is no number of float64 still brings all values within 0 and 1."""
    ends = np.array([[-1.7e308], [0.0], [1.7e308]])
    scaled = Scaling.fit(ends, np.zeros((3, 1)), "inputs", "minmax").inputs(ends)
    assert np.isfinite(scaled).all()
    assert (scaled[0, 0], scaled[2, 0] > scaled[1, 0] > 0.4) == (0.0, True)


def test_none_and_inputs():
    """`none` changes nothing at all, `inputs` leaves the targets alone."""
    none, inputs = Scaling.fit(X, Y, "none"), Scaling.fit(X, Y, "inputs")
    assert none.inputs(X).tobytes() == X.tobytes()
    assert none.outputs(Y).tobytes() == Y.tobytes()
    assert inputs.targets(Y).tobytes() == Y.tobytes()
    np.testing.assert_allclose(inputs.input_mean, X.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(inputs.input_scale, X.std(axis=0), rtol=1e-13)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3e300, 1e-310])
def test_constant_columns_get_scale_one(value: float):
    """A column of equal values is centred exactly and divided by 1, whatever rounding says of its deviation."""
    mean, scale = moments(np.full((1000, 1), value))
    assert (mean, scale) == ([value], [1.0])


@pytest.mark.parametrize("exponent", [-290, -160, 160, 305])
def test_extreme_magnitudes(exponent: int):
    """Columns whose squares or sums leave float64 are standardised like those of magnitude one."""
    factor = 2.0 ** int(exponent * np.log2(10))
    unit = np.random.default_rng(2).uniform(-1, 1, size=(500, 1))
    Y = np.zeros((500, 1))
    plain, extreme = Scaling.fit(unit, Y, "inputs"), Scaling.fit(unit * factor, Y, "inputs")
    np.testing.assert_allclose(extreme.inputs(unit * factor), plain.inputs(unit), rtol=1e-12)


def test_difference_beyond_float64():
    """Numbers at both ends of float64 are standardised, though their difference can't be represented."""
    top = np.finfo(np.float64).max
    X = np.array([[top], [-top], [top], [-top]])
    np.testing.assert_allclose(Scaling.fit(X, X, "inputs").inputs(X), [[1.0], [-1.0], [1.0], [-1.0]])


def test_arrays_round_trip():
    """A scaling survives the way through a dictionary of arrays, whatever else is in it."""
    scaling = Scaling.fit(X, Y, "both")
    again = Scaling.from_arrays(scaling.arrays() | {"layer_1/W": np.ones(3)})
    assert again.inputs(X).tobytes() == scaling.inputs(X).tobytes()
    assert again.outputs(Y).tobytes() == scaling.outputs(Y).tobytes()
    assert set(scaling.arrays()) == {"input_mean", "input_scale", "target_mean", "target_scale"}
