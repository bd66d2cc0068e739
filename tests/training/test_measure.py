"""Accuracy or R²: one measure for a task, its chance level, and how far a value is on the way to perfect."""

import numpy as np
import pytest

from runner.diagnosis.measures.reference import reference
from runner.settings.outcome import OutcomeSettings
from runner.training.measuring.measure import TaskMeasure

BOTH = np.array([[0.0], [0.0], [0.0], [1.0]])
CLASSES = np.eye(3)[[0, 0, 0, 1, 2]]


def test_chance_is_the_best_constant_answer():
    """Of classes it is the share of the largest one, of a regression the R² of the mean."""
    assert TaskMeasure.of("classes", CLASSES).chance == 0.6
    assert TaskMeasure.of("binary", np.array([[0.0], [1.0], [1.0], [1.0]])).chance == 0.75
    assert TaskMeasure.of("regression", np.array([[1.0], [2.0]])).chance == 0.0


def test_the_value_is_accuracy_or_r_squared():
    """Outputs and targets are (outputs, n)."""
    Y = np.array([[0.0, 1.0, 2.0, 3.0]])
    assert TaskMeasure("regression").value(Y.mean() + 0.0 * Y, Y) == 0.0
    assert TaskMeasure("regression").value(Y, Y) == 1.0
    assert TaskMeasure.of("classes", CLASSES).value(np.eye(3)[[0, 0, 0, 0, 0]].T, CLASSES.T) == 0.6


@pytest.mark.parametrize(("value", "progress"), [(0.6, 0.0), (0.2, 0.0), (0.8, 0.5), (1.0, 1.0), (np.nan, 0.0)])
def test_progress_goes_from_chance_to_perfect(value, progress):
    """0 at chance and below, 1 for a perfect network."""
    assert TaskMeasure.of("classes", CLASSES).progress(value) == pytest.approx(progress)


def test_of_targets_that_are_all_alike_only_perfect_answers_are_progress():
    """Chance is perfect there, and nothing lies between."""
    measure = TaskMeasure.of("binary", np.ones((4, 1)))
    assert (measure.progress(0.75), measure.progress(1.0)) == (0.0, 1.0)


def test_name_and_threshold_follow_the_task():
    """Accuracy has its own threshold, and so has R²."""
    settings = OutcomeSettings(good_accuracy=0.9, good_r2=0.8)
    assert [(m.name, m.good(settings)) for m in map(TaskMeasure, ("binary", "regression"))] == [
        ("accuracy", 0.9),
        ("R²", 0.8),
    ]


def test_with_class_weights_the_measure_weighs_the_samples():
    """Balanced weights put every constant answer at 1/2, and what misses no rare sample ahead of what misses all."""
    measure = TaskMeasure.of("binary", BOTH, (4 / 6, 2.0))
    assert (measure.name, measure.chance) == ("weighted accuracy", pytest.approx(0.5))
    assert measure.value(np.zeros((1, 4)), BOTH.T) == pytest.approx(0.5)
    assert measure.value(np.array([[0.0, 0.0, 1.0, 1.0]]), BOTH.T) == pytest.approx(5 / 6)


def test_a_reference_weighs_its_samples_too():
    """Least squares and neighbours that know of the weights find a rare class as well as a network that has them."""
    rng = np.random.default_rng(0)
    y = (np.arange(600) < 30).astype(float)[:, None]
    X = rng.normal(size=(600, 2)) + 2.0 * y
    found = reference(X, y, TaskMeasure.of("binary", y, (600 / 1140, 10.0)))
    assert found is not None
    assert 0.85 < found < 0.97
