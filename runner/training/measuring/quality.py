"""How good outputs are for their targets: the accuracy, or for a regression R²."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Task

Array = NDArray[Any]


def quality_column(task: Task) -> str:
    """The column of the history that holds it; `valid_` and `test_` stand before it for the other splits."""
    return "r2" if task == "regression" else "accuracy"


def quality(task: Task, A: Array, Y: Array, boundary: float = 0.5) -> float:
    """R² for a regression, else the share of samples whose class is right; A and Y are (outputs, n).

    binary: A above the boundary, 1/2 for probabilities; classes: the largest output; multilabel: all outputs on the
    right side of it (what scikit-learn's accuracy_score calls subset accuracy).
    """
    return r_squared(A, Y) if task == "regression" else float(_accuracies(task, A, Y, boundary))


def qualities(task: Task, A: Array, Y: Array, boundary: float = 0.5) -> list[float]:
    """The same for each run of a pack, whose A and Y are (replicas, outputs, n)."""
    if task == "regression":
        return [r_squared(*pair) for pair in zip(A, np.broadcast_to(Y, A.shape), strict=True)]
    found: list[float] = _accuracies(task, A, Y, boundary).tolist()
    return found


def r_squared(A: Array, Y: Array) -> float:
    """The coefficient of determination over all outputs; A and Y are (outputs, n)."""
    with np.errstate(all="ignore"):
        residual = float(np.square(Y - A).sum())
        total = float(np.square(Y - Y.mean(axis=1, keepdims=True)).sum())
        return 1.0 - residual / total if total > 0 else float(residual == 0.0)


def _accuracies(task: Task, A: Array, Y: Array, boundary: float) -> NDArray[np.float64]:
    if task == "classes":
        return np.asarray((A.argmax(axis=-2) == Y.argmax(axis=-2)).mean(axis=-1))
    return np.asarray(((boundary < A) == (Y > 0.5)).all(axis=-2).mean(axis=-1))
