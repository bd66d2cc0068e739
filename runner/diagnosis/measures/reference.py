"""What a cheap reference reaches on the same data, each sample being predicted from the others alone.

Whether there is more in the data than a network has found is a question for the data. A reference that never sees the
sample that it predicts can't fit noise, so that it is far ahead only where there is more to learn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.measures.neighbours import LEAST_SAMPLES, sampled, scaled, voted, without_copies
from runner.training.measuring.measure import TaskMeasure

Array = NDArray[np.float64]

# Features of a quadratic function: at most this share of the samples, and so many that it takes some milliseconds.
_SHARE, _MOST_TERMS = 1.0 / 3.0, 150
# Singular values below this share of the largest are 0, as of features that are sums of others.
_RANK = 1e-9
# A sample that decides its own prediction says nothing.
_OWN = 1.0 - 1e-6


def reference(X: NDArray[np.floating[Any]], Y: NDArray[np.floating[Any]], measure: TaskMeasure) -> float | None:
    """The best of linear and quadratic least squares and of nearest neighbours, left-one-out; None for few samples.

    X is (n, features), Y (n, outputs). Of more than 1,024 samples these are drawn evenly.
    """
    X, Y = without_copies(*sampled(X, Y), measure)
    if len(X) < LEAST_SAMPLES:
        return None
    inputs = scaled(X)
    found = [voted(X, Y, measure), _least_squares(_linear_terms(inputs), Y, measure)]
    count = inputs.shape[1]
    if (count + 1) * (count + 2) // 2 <= min(_SHARE * len(X), _MOST_TERMS):
        found.append(_least_squares(_quadratic_terms(inputs), Y, measure))
    return max(found)


def _linear_terms(inputs: Array) -> Array:
    return np.hstack([np.ones((len(inputs), 1)), inputs])


def _quadratic_terms(inputs: Array) -> Array:
    first, second = np.triu_indices(inputs.shape[1])
    return np.hstack([_linear_terms(inputs), inputs[:, first] * inputs[:, second]])


def _least_squares(terms: Array, Y: Array, measure: TaskMeasure) -> float:
    """The measure of left-one-out predictions: a residual / (1 - leverage) is that without the sample."""
    root = np.sqrt(measure.sample_weights(Y))
    U, singular, _ = np.linalg.svd(root * terms, full_matrices=False)
    U = U[:, singular > _RANK * singular[0]]
    leverage = np.minimum(np.square(U).sum(axis=1), _OWN)[:, None]
    residual = (Y - U @ (U.T @ (root * Y)) / root) / (1.0 - leverage)
    return measure.value((Y - residual).T, Y.T)
