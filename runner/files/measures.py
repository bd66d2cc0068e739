"""What a run is judged by: the names in summary.json and the history, what they are called, and metrics.json.

`valid_` is of the validation split, `test_` of the test set; errors are in the units of the targets.
"""

from __future__ import annotations

from typing import TypedDict

_OF_A_SPLIT = {
    "loss": "loss",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
}
_SPLITS = {"": "", "valid_": "validation ", "test_": "test "}

MEASURES = {
    f"{split}{name}": f"{word}{label}" for split, word in _SPLITS.items() for name, label in _OF_A_SPLIT.items()
}
HIGHER_IS_BETTER = tuple(name for name in MEASURES if name.endswith(("accuracy", "r2")))


class ClassMetrics(TypedDict):
    """What metrics.json holds of one class."""

    label: str
    precision: float
    recall: float
    f1: float
    samples: int


class SplitMetrics(TypedDict, total=False):
    """What metrics.json holds of a split: what its task is measured by; None where a number is not finite.

    A regression has `r2`, `rmse` and `mae`; a multilabel task has the numbers of a classifier for each of its
    `outputs`, by their names; `confusion` has true classes as rows, predicted ones as columns.
    """

    samples: int
    loss: float | None
    r2: float | None
    rmse: float | None
    mae: float | None
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    classes: list[ClassMetrics]
    confusion: list[list[int]]
    auc: float | None
    outputs: dict[str, SplitMetrics]
