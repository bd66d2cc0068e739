"""What can be wrong with targets, as numbers: contradictions and outliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.training.measuring.measure import TaskMeasure

Array = NDArray[np.float64]

# Numbers of inputs that are sorted to find equal ones: more take seconds.
_MOST_SORTED = 2_000_000
# At most this share of the targets are outliers, and they are so much farther off than the farthest of the others.
_FEW, _APART = 0.02, 10.0


@dataclass(frozen=True)
class Contradictions:
    """Samples with equal inputs and different targets: their share, an example, and the best that any answer can do.

    `ceiling` is the accuracy or R² of the best answer to each input.
    """

    share: float
    example: tuple[int, int]
    ceiling: float


@dataclass(frozen=True)
class Outliers:
    """Targets far off all others: which samples, how far in interquartile ranges, and their share of the variance."""

    samples: list[int]
    value: float
    distance: float
    variance: float


def contradictions(
    X: NDArray[np.floating[Any]], Y: NDArray[np.floating[Any]], measure: TaskMeasure
) -> Contradictions | None:
    """Equal inputs with different targets; None where there are none."""
    few = slice(_MOST_SORTED // X.shape[1])
    targets: Array = Y[few].astype(np.float64)
    X = X[few]
    _, group = np.unique(X, axis=0, return_inverse=True)
    group = group.ravel()
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    lowest, highest = np.minimum.reduceat(targets[order], starts), np.maximum.reduceat(targets[order], starts)
    torn = (lowest != highest).any(axis=1)
    if not torn.any():
        return None
    rows = order[np.isin(group[order], np.flatnonzero(torn))]
    first = rows[0]
    other = next(row for row in rows if group[row] == group[first] and (targets[row] != targets[first]).any())
    answers = np.add.reduceat(targets[order], starts)[group] / np.bincount(group)[group][:, None]
    if measure.task != "regression":
        answers = _most_frequent(targets, group)
    return Contradictions(float(len(rows) / len(X)), (int(first), int(other)), measure.value(answers.T, targets.T))


def outliers(Y: NDArray[np.floating[Any]], threshold: float) -> Outliers | None:
    """A few targets of one column that stand far off the others, with nothing between; None where there are none."""
    for column in np.asarray(Y, dtype=np.float64).T:
        low, middle, high = np.quantile(column, (0.25, 0.5, 0.75))
        if low == high:
            continue
        distance = np.abs(column - middle) / (high - low)
        far = distance > threshold
        if not 0 < far.sum() <= max(1, _FEW * len(far)) or distance[far].min() < _APART * distance[~far].max():
            continue
        variance = 1.0 - float(column[~far].var() * (~far).mean() / column.var())
        rows = np.flatnonzero(far)
        farthest = int(distance.argmax())
        return Outliers([int(row) for row in rows[:10]], float(column[farthest]), float(distance.max()), variance)
    return None


def _most_frequent(Y: Array, group: NDArray[np.intp]) -> Array:
    """For each sample the most frequent row of targets among those of equal inputs."""
    rows, label = np.unique(Y, axis=0, return_inverse=True)
    pairs, counts = np.unique(np.stack([group, label.ravel()]), axis=1, return_counts=True)
    order = np.lexsort((counts, pairs[0]))
    last = np.flatnonzero(np.diff(pairs[0][order], append=-1))
    return np.asarray(rows[pairs[1][order][last]][group])
