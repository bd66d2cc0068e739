"""The last and the best values of a history, as JSON can hold them."""

from __future__ import annotations

import math

import numpy as np

from runner.training.history import History


def finite(value: float | None) -> float | None:
    """The value as JSON can hold it: null where it is NaN, infinite or unknown."""
    return value if value is not None and math.isfinite(value) else None


def final_values(history: History) -> dict[str, float | None]:
    """Loss and measures of the last row, or the last known ones."""
    loss = history["loss"]
    values: dict[str, float | None] = {"loss": finite(float(loss[-1])) if len(loss) else None}
    for name in ("valid_loss", "accuracy", "valid_accuracy"):
        values[name] = finite(history.last(name))
    return values


def best_values(history: History) -> dict[str, float | int | None]:
    """The lowest losses and highest accuracies, and the step of the lowest loss."""
    best: dict[str, float | int | None] = {}
    for name, pick in (
        ("loss", np.nanargmin),
        ("valid_loss", np.nanargmin),
        ("accuracy", np.nanargmax),
        ("valid_accuracy", np.nanargmax),
    ):
        values = np.where(np.isfinite(history[name]), history[name], np.nan)
        if np.isnan(values).all():
            best[name] = None
            continue
        where = int(pick(values))
        best[name] = float(values[where])
        best[f"{name}_step"] = int(history["step"][where])
    return best
