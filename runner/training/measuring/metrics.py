"""The numbers that people expect of a classifier and of a regression, as metrics.json holds them.

Written out rather than taken from scikit-learn, whose import takes longer than most runs; its functions are the oracle
of the tests. Where a ratio has no denominator (a class that was never predicted has no precision) it is 0, as there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Dataset, Task
from runner.datasets.scaling import Scaling
from runner.files.json_files import finite
from runner.files.measures import SplitMetrics
from runner.training.evaluation import Evaluation

Array = NDArray[np.floating[Any]]
Counts = NDArray[np.int64]


def metrics_of(dataset: Dataset, evaluations: Mapping[str, Evaluation], boundary: float) -> dict[str, SplitMetrics]:
    """What metrics.json holds: for each split that was evaluated its loss and what its task is measured by."""
    return {name: _of_split(dataset, name, evaluation, boundary) for name, evaluation in evaluations.items()}


def errors_of(dataset: Dataset, evaluations: Mapping[str, Evaluation]) -> dict[str, float | None]:
    """RMSE and MAE of each split of a regression, as summary.json holds them."""
    found: dict[str, float | None] = {}
    for name, evaluation in evaluations.items():
        prefix = "" if name == "train" else f"{name}_"
        for error, value in errors(evaluation.outputs, _targets(dataset, name), dataset.scaling).items():
            found[prefix + error] = finite(value)
    return found


def balanced_accuracies(dataset: Dataset, evaluations: Mapping[str, Evaluation], boundary: float) -> dict[str, float]:
    """The mean recall over classes on each split, as summary.json holds it."""
    return {
        f"{'' if name == 'train' else f'{name}_'}balanced_accuracy": held["balanced_accuracy"]
        for name, held in metrics_of(dataset, evaluations, boundary).items()
    }


def _of_split(dataset: Dataset, name: str, evaluation: Evaluation, boundary: float) -> SplitMetrics:
    A, Y = evaluation.outputs, _targets(dataset, name)
    held: SplitMetrics = {"samples": Y.shape[1], "loss": finite(evaluation.loss)}
    if dataset.task == "regression":
        error = errors(A, Y, dataset.scaling)
        quality = None if evaluation.quality is None else finite(evaluation.quality)
        return {**held, "r2": quality, "rmse": finite(error["rmse"]), "mae": finite(error["mae"])}
    return {**held, **classification(dataset.task, A, Y, dataset.targets, boundary)}


def _targets(dataset: Dataset, name: str) -> Array:
    split = {"train": dataset.train, "valid": dataset.valid, "test": dataset.test}[name]
    assert split is not None
    return split.Y.T


def errors(A: Array, Y: Array, scaling: Scaling) -> dict[str, float]:
    """`rmse` and `mae` of outputs A for targets Y, both (outputs, n), in the units of the data.

    Over several outputs each is the mean of theirs, as in scikit-learn.
    """
    with np.errstate(all="ignore"):
        gap = scaling.outputs(A.T) - scaling.outputs(Y.T)
        rmse, mae = np.sqrt(np.square(gap).mean(axis=0)).mean(), np.abs(gap).mean()
    return {"rmse": float(rmse), "mae": float(mae)}


def classification(task: Task, A: Array, Y: Array, labels: Sequence[str], boundary: float = 0.5) -> SplitMetrics:
    """What metrics.json holds of outputs A for targets Y, both (outputs, n), of a task that is no regression.

    `labels` name the classes, or the outputs of a multilabel task, each of which is a task of two classes.
    """
    if task == "multilabel":
        pairs = zip(labels, A, Y, strict=True)
        return {"outputs": {label: classification("binary", a[None], y[None], (), boundary) for label, a, y in pairs}}
    if task == "classes":
        counts = confusion(Y.argmax(axis=0), A.argmax(axis=0), len(A))
        return _of_classes(counts, labels)
    counts = confusion((Y[0] > 0.5).astype(np.int64), (boundary < A[0]).astype(np.int64), 2)
    return {**_of_classes(counts, ("0", "1")), "auc": auc(A[0], Y[0] > 0.5)}


def confusion(true: Counts, predicted: Counts, classes: int) -> Counts:
    """How many samples of each true class (rows) were predicted as each class (columns)."""
    return np.bincount(true * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def auc(scores: Array, positive: NDArray[np.bool_]) -> float | None:
    """The area under the ROC curve; None where all samples are of one class.

    It is the share of pairs of a positive and a negative sample of which the positive one has the higher score, a tie
    counting one half (Mann and Whitney 1947), computed from the mean ranks of the scores.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives or not np.isfinite(scores).all():
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _of_classes(counts: Counts, labels: Sequence[str]) -> SplitMetrics:
    right, support, predicted = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    precision, recall = _ratio(right, predicted), _ratio(right, support)
    f1 = _ratio(2 * right, support + predicted)
    present = support > 0
    return {
        "accuracy": float(right.sum() / counts.sum()),
        "balanced_accuracy": float(recall[present].mean()),
        "macro_f1": float(f1.mean()),
        "classes": [
            {"label": label, "precision": p, "recall": r, "f1": f, "samples": n}
            for label, p, r, f, n in zip(
                labels, precision.tolist(), recall.tolist(), f1.tolist(), support.tolist(), strict=True
            )
        ],
        "confusion": counts.tolist(),
    }


def _ratio(numerator: Counts, denominator: Counts) -> NDArray[np.float64]:
    return np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator > 0)
