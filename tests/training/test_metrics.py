"""Metrics of classifiers and regressions against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from runner.datasets.scaling import Scaling
from runner.training.measuring.metrics import auc, classification, errors

LABELS = ("ant", "bee", "cat", "dog")


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Labels as columns (classes, n)."""
    return np.eye(len(LABELS))[:, labels]


@pytest.fixture(name="labels")
def _labels() -> tuple[np.ndarray, np.ndarray]:
    """True and predicted classes: the last class is never predicted, and rare."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, 200)
    return true, np.where(rng.random(200) < 0.7, true, rng.integers(0, 3, 200)) % 3


def test_classes_match_scikit_learn(labels: tuple[np.ndarray, np.ndarray]) -> None:
    """Confusion matrix, precision, recall, F1 of each class, and their means are scikit-learn's."""
    true, predicted = labels
    found = classification("classes", one_hot(predicted), one_hot(true), LABELS)
    assert found["confusion"] == metrics.confusion_matrix(true, predicted, labels=range(4)).tolist()
    rows = metrics.precision_recall_fscore_support(true, predicted, labels=range(4), zero_division=0)
    for name, expected in zip(("precision", "recall", "f1", "samples"), rows, strict=True):
        assert [one[name] for one in found["classes"]] == pytest.approx(expected.tolist(), abs=1e-12)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(true, predicted), abs=1e-12)
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(true, predicted), abs=1e-12)
    expected = metrics.f1_score(true, predicted, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(expected, abs=1e-12)
    assert [one["label"] for one in found["classes"]] == list(LABELS)


def test_a_class_without_samples_has_no_part_in_the_balanced_accuracy() -> None:
    """As in scikit-learn, it is the mean over the classes that there are."""
    true, predicted = np.array([0, 0, 1]), np.array([0, 1, 1])
    found = classification("classes", one_hot(predicted), one_hot(true), LABELS)
    assert found["balanced_accuracy"] == pytest.approx(0.75)


def test_two_classes_have_an_area_under_the_curve() -> None:
    """Ties count one half, as in scikit-learn."""
    rng = np.random.default_rng(1)
    positive = rng.random(300) < 0.2
    scores = np.round(0.3 * positive + rng.random(300), 1)
    found = classification("binary", scores[None], positive[None].astype(float), ("y",))
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(positive, scores), abs=1e-12)
    assert found["confusion"] == metrics.confusion_matrix(positive, scores > 0.5).tolist()


@pytest.mark.parametrize("scores", [np.array([0.1, np.nan]), np.array([0.1, 0.2])])
def test_no_area_where_there_is_none(scores: np.ndarray) -> None:
    """One class alone, or a score that is not a number, has no area."""
    assert auc(scores, np.array([True, True])) is None


def test_each_output_of_a_multilabel_task_is_measured() -> None:
    """Outputs are tasks of two classes, by their names."""
    Y = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    found = classification("multilabel", Y * 0.8 + 0.1, Y, ("red", "round"))
    assert set(found["outputs"]) == {"red", "round"}
    assert found["outputs"]["red"]["accuracy"] == 1.0


def test_errors_are_in_the_units_of_the_targets() -> None:
    """RMSE and MAE of standardised targets are those of scikit-learn on the targets as they were."""
    rng = np.random.default_rng(2)
    raw, guess = 1000 + 50 * rng.standard_normal((40, 2)), 1000 + 50 * rng.standard_normal((40, 2))
    scaling = Scaling.fit(raw, raw, "both")
    found = errors(scaling.targets(guess).T, scaling.targets(raw).T, scaling)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(raw, guess), rel=1e-12)
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(raw, guess), rel=1e-12)
