"""One parameter as it is measured: its numbers before a step, how far the step moved it, the norm of its gradient.

Few calls and no new arrays: a step of a small network takes 20 us, and this runs once for each parameter of it.
"""

from __future__ import annotations

import math
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.history import NULL
from runner.recording.watching.reading import Reader
from runner.recording.watching.step import Watched

Array = NDArray[np.float64]


class Measured:
    """A parameter; `gave` gets the values of its gradient's expression, None where there is none."""

    __slots__ = ("_before", "_flat", "_gave", "_moved", "_reader", "_shape", "_square", "_square_before", "watched")

    def __init__(self, watched: Watched, gave: list[Any] | None) -> None:
        self.watched, self._gave = watched, gave
        self._reader: Reader | None = None
        self._shape: tuple[int, ...] | None = None  # None: nothing is held
        self._before = self._moved = self._flat = np.empty(0)
        self._square = self._square_before = 0.0

    def find(self, frame: FrameType) -> None:
        """Look for it from a frame."""
        self._reader = Reader.of(self.watched.name, frame)

    def read(self, own: Any, shared: Any) -> bool:
        """Take its numbers as they are now, from the variables of a frame; whether they are finite or not known."""
        value = None
        if self._reader is not None:
            try:
                value = self._reader.read(own, shared)
            except (LookupError, AttributeError, TypeError):
                value = None
        if type(value) is not np.ndarray or value.dtype != np.float64:
            if not isinstance(value, np.ndarray | float | np.number):
                self._flat, self._square = np.empty(0), 0.0
                return True
            value = np.asarray(value, dtype=np.float64)
        self._flat = value.ravel()
        self._square = float(self._flat.dot(self._flat))
        return math.isfinite(self._square) or bool(np.isfinite(self._flat).all())

    def hold(self) -> None:
        """Remember these numbers as those before a step."""
        flat = self._flat
        if flat.size != self._before.size or self._shape is None:
            self._before, self._moved = np.array(flat), np.empty_like(flat)
            self._shape = self.watched.shape if math.prod(self.watched.shape) == flat.size else flat.shape
        else:
            self._before[:] = flat
        self._square_before = self._square

    def change(self) -> float | None:
        """The squared norm of the change since then; None where it isn't known."""
        if self._shape is None or self._flat.size != self._before.size or not self._flat.size:
            return None
        np.subtract(self._flat, self._before, out=self._moved)
        return float(self._moved.dot(self._moved))

    def ratio(self, change: float | None) -> float:
        """The ratio of update to weights."""
        if change is None or not self._square_before:
            return NULL
        return math.sqrt(change / self._square_before)

    def gradient(self, change: float | None) -> float:
        """The norm of its gradient: of what the script computes, else of the change divided by the rate."""
        one, gave = self.watched, self._gave
        if gave is not None and one.gradient is not None and one.gradient.number < len(gave):
            return abs(one.factor) * math.sqrt(squared(gave[one.gradient.number]))
        if one.stateful or change is None:
            return NULL
        return math.sqrt(change) / (one.rate or 1.0)

    def held(self) -> Array | None:
        """A copy of the numbers before the step, in their shape; None where there are none."""
        if self._shape is None or not self._before.size:
            return None
        return np.array(self._before.reshape(self._shape))


def squared(value: Any) -> float:
    """The sum of the squares."""
    if not isinstance(value, np.ndarray):
        return float(value) * float(value)
    flat = value.ravel()
    if value.dtype.kind == "f":
        return float(flat.dot(flat))
    return float(np.sum(np.square(flat, dtype=np.float64)))
