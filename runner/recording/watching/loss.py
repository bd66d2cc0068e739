"""The loss of a watched step, from what the script's own expression gave while the step ran."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from runner.recording.watching.step import WatchedStep


class GivenLoss:
    """`values` are those that the expression of the loss has given since the step began; None where there is none."""

    def __init__(self, step: WatchedStep, values: Sequence[Any] | None) -> None:
        self._spot, self._squares, self._values = step.loss, step.squares, values

    def read(self) -> float | None:
        """The loss as one number; None where the step gave none, or more than one."""
        if self._spot is None or not self._values:
            return None
        if self._squares is not None:
            return float(self._squares * np.sum(np.square(self._values[0], dtype=np.float64)))
        value = self._values[min(self._spot.number, len(self._values) - 1)]
        return float(np.asarray(value).reshape(-1)[0]) if np.size(value) == 1 else None


def is_finite(value: Any) -> bool:
    """Whether a number, or each one of an array of floats, is finite; what is neither counts as finite."""
    try:
        return math.isfinite(value)
    except (TypeError, ValueError):
        return bool(np.isfinite(value).all()) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else True
