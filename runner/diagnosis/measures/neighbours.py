"""How well the nearest samples predict a target: whether the inputs carry information, without any network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.training.measuring.measure import TaskMeasure

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Samples that stand for all: their distances take 8 MB and some milliseconds.
_MOST_SAMPLES = 1024
_NEAREST = 5
# Fewer samples say too little of each other.
LEAST_SAMPLES = 30
# Features of which all products of two are looked at, and that are looked at one by one.
_MOST_MULTIPLIED = 30
PERMUTATIONS, _FIRST = 499, 99


def sampled(X: NDArray[np.floating[Any]], Y: NDArray[np.floating[Any]]) -> tuple[Array, Array]:
    """At most 1,024 of the samples X (n, features), Y (n, outputs), drawn evenly, in float64."""
    if len(X) > _MOST_SAMPLES:
        chosen = np.random.default_rng(0).choice(len(X), _MOST_SAMPLES, replace=False)
        X, Y = X[chosen], Y[chosen]
    return np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)


def without_copies(X: Array, Y: Array, measure: TaskMeasure) -> tuple[Array, Array]:
    """The samples X (n, features), Y (n, outputs) of a regression without those that stand there again, Y included.

    From its copy a sample is predicted with its noise. They stay where too few would be left, and where targets are
    classes: a table of a few rows that repeat is all that can be known of a logical function.
    """
    if measure.task != "regression":
        return X, Y
    _, first = np.unique(np.hstack([X, Y]), axis=0, return_index=True)
    kept = np.sort(first)
    return (X[kept], Y[kept]) if len(kept) >= LEAST_SAMPLES else (X, Y)


def scaled(X: Array) -> Array:
    """Columns of zero mean and unit variance; constant ones are 0."""
    centred = X - X.mean(axis=0)
    deviation = centred.std(axis=0)
    return np.asarray(np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0.0))


def nearest(X: Array, points: Array | None = None) -> Indices:
    """For each row of X the others (n, 5, fewer of few) nearest to it; the rows nearest to `points` where given."""
    of = X if points is None else points
    distances = np.square(X).sum(axis=1)[None, :] - 2.0 * of @ X.T
    if points is None:
        np.fill_diagonal(distances, np.inf)
    k = max(1, min(_NEAREST, len(X) - 1))
    return np.argpartition(distances, k - 1, axis=1)[:, :k]


def voted(X: Array, Y: Array, measure: TaskMeasure) -> float:
    """How good the mean target of the nearest other samples is as an answer."""
    if len(X) < 2:
        return 0.0
    near, weights = nearest(scaled(X)), measure.sample_weights(Y)
    votes = (weights * Y)[near].sum(axis=1) / weights[near].sum(axis=1)
    return measure.value(votes.T, Y.T)


def p_values(X: Array, Y: Array, *, plain: float = 0.0, permutations: int = PERMUTATIONS) -> dict[str, float]:
    """Permutation tests of a relation between inputs and targets: p-values by the name of the test.

    `neighbours`: Moran's I over the nearest samples, both ways (neighbours of opposite classes are a relation too);
    `feature`: the largest correlation of a target with the next along one of the features; `correlation`: that of a
    target with a feature, or with a product of two. It ends after 99 permutations if a p-value is no more than `plain`
    by then.
    """
    rng = np.random.default_rng(0)
    inputs, targets = scaled(X), scaled(Y)
    near, features = nearest(inputs), _with_products(inputs)
    along = np.argsort(inputs[:, :_MOST_MULTIPLIED], axis=0, kind="stable").T
    statistics: dict[str, Callable[[Array], float]] = {
        "neighbours": lambda T: abs(float((T * T[near].mean(axis=1)).sum()) + T.size / max(1, len(T) - 1)),
        "feature": lambda T: float((T[along[:, :-1]] * T[along[:, 1:]]).sum(axis=(1, 2)).max()),
        "correlation": lambda T: float(np.abs(features.T @ T).max()),
    }
    seen = {name: statistic(targets) for name, statistic in statistics.items()}
    beyond, done = dict.fromkeys(statistics, 0), 0
    while done < permutations and not (done == _FIRST and min(_p_values(beyond, done).values()) <= plain):
        shuffled = targets[rng.permutation(len(targets))]
        for name, statistic in statistics.items():
            beyond[name] += statistic(shuffled) >= seen[name] * (1.0 - 1e-12)
        done += 1
    return _p_values(beyond, done)


def _p_values(beyond: dict[str, int], done: int) -> dict[str, float]:
    return {name: (1 + count) / (1 + done) for name, count in beyond.items()}


def _with_products(inputs: Array) -> Array:
    features = inputs.shape[1]
    if features > _MOST_MULTIPLIED:
        return inputs
    first, second = np.triu_indices(features)
    return np.hstack([inputs, scaled(inputs[:, first] * inputs[:, second])])
