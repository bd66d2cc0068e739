"""What a run is judged by: the names in summary.json and the history, and what they are called.

`valid_` is of the validation split, `test_` of the test set; errors are in the units of the targets.
"""

from __future__ import annotations

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
