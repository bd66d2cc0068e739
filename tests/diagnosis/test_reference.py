"""What a cheap reference reaches on the same data, and whether a fix helps with samples that weren't seen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.preprocessing import PolynomialFeatures

from runner.diagnosis.fixes.held_out import whole_truth_table
from runner.diagnosis.measures.reference import reference
from runner.training.measuring.measure import TaskMeasure
from runner.training.measuring.quality import r_squared

REGRESSION = TaskMeasure("regression")


def test_the_reference_is_the_best_that_is_left_one_out():
    """For a quadratic function with noise it is scikit-learn's left-one-out R² of a quadratic fit."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    y = (X[:, 0] * X[:, 1] + X[:, 2] + 0.3 * rng.normal(size=80))[:, None]
    predicted = cross_val_predict(LinearRegression(), PolynomialFeatures(2).fit_transform(X), y, cv=LeaveOneOut())
    assert reference(X, y, REGRESSION) == pytest.approx(r_squared(predicted.T, y.T), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_more_in_it(seed):
    """On targets without a relation to the inputs no reference is better than the mean, beyond chance."""
    rng = np.random.default_rng(seed)
    assert reference(rng.normal(size=(200, 4)), rng.normal(size=(200, 1)), REGRESSION) < 0.05


def test_curves_and_few_samples():
    """Neighbours follow a wave that no quadratic function does; of few samples nothing is said."""
    x = np.linspace(-6, 6, 200)[:, None]
    assert reference(x, np.sin(3 * x), REGRESSION) > 0.95
    assert reference(x[:20], np.sin(3 * x[:20]), REGRESSION) is None


def test_a_whole_truth_table():
    """All combinations of bits once are a truth table; with one missing, twice or a third value they are not."""
    bits = np.array(list(itertools.product([0.0, 1.0], repeat=5)))
    assert whole_truth_table(bits)
    assert not whole_truth_table(bits[1:])
    assert not whole_truth_table(np.vstack([bits[1:], bits[1:2]]))
    assert not whole_truth_table(np.vstack([bits[1:], np.full((1, 5), 2.0)]))
