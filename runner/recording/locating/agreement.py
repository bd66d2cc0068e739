"""Whether a gradient that their code supplies is the true one, and if not in which simple way it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = Literal["right", "factor", "shape", "missing", "zero", "wrong"]

TOLERANCE = 1e-6
_ENOUGH = 3  # elements that are not zero, so that one factor for all of them is no chance


@dataclass(frozen=True)
class Agreement:
    """How a supplied gradient compares with the true one.

    `right`: the same to within the tolerance. `factor`: `factor` times the true one. `shape`: its shape is not the
    parameter's and does not spread to it. `missing`: none is supplied. `zero`: all zeros, which the true one is not.
    `error` is the largest difference over the largest element of the two; infinite where they can't be compared.
    """

    state: State
    error: float
    factor: float = 1.0
    supplied_shape: tuple[int, ...] | None = None
    shape: tuple[int, ...] = ()
    spread: bool = False

    @property
    def right(self) -> bool:
        """Whether the gradient is the true one."""
        return self.state == "right"


def agreement(supplied: Array | None, true: Array, tolerance: float = TOLERANCE) -> Agreement:
    """Compare a supplied gradient with the true one, which has the shape of the parameter.

    A supplied gradient with as many elements is compared in the parameter's shape, one that NumPy spreads to that shape
    (`std`: (1, 1) to (1, 4)) as it is spread. Any other is `shape`.
    """
    if supplied is None:
        return Agreement("missing", float("inf"), shape=true.shape)
    shapes = {"supplied_shape": supplied.shape, "shape": true.shape}
    spread = supplied.size != true.size
    if spread and _spread_shape(supplied.shape, true.shape) != true.shape:
        return Agreement("shape", float("inf"), **shapes)  # type: ignore[arg-type]
    wide = np.broadcast_to(supplied, true.shape) if spread else supplied.reshape(true.shape)
    if not np.isfinite(wide).all():
        return Agreement("wrong", float("inf"), **shapes, spread=spread)  # type: ignore[arg-type]
    scale = max(float(np.abs(true).max(initial=0)), float(np.abs(wide).max(initial=0)))
    if scale == 0:
        return Agreement("right", 0.0, **shapes)  # type: ignore[arg-type]
    error = float(np.abs(wide - true).max(initial=0)) / scale
    if error <= tolerance:
        return Agreement("right", error, **shapes)  # type: ignore[arg-type]
    if not wide.any():
        return Agreement("zero", error, 0.0, **shapes)  # type: ignore[arg-type]
    factor = _factor(wide, true, tolerance)
    if factor is not None:
        return Agreement("factor", error, factor, **shapes)  # type: ignore[arg-type]
    return Agreement("wrong", error, **shapes, spread=spread)  # type: ignore[arg-type]


def _spread_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(one, other)
    except ValueError:
        return None


def tidy(value: float, largest: int = 64) -> tuple[int, int] | None:
    """The fraction of two small whole numbers that a number is, None where it is none."""
    for under in range(1, largest + 1):
        over = round(value * under)
        if 0 < abs(over) <= largest**2 and abs(value * under - over) <= 1e-6 * abs(over):
            return over, under
    return None


def _factor(wide: Array, true: Array, tolerance: float) -> float | None:
    """The one number that the true gradient is multiplied by; None where it has too few elements to say so."""
    square = float(np.vdot(true, true))
    if square == 0:
        return None
    factor = float(np.vdot(true, wide)) / square
    if np.count_nonzero(true) < _ENOUGH and tidy(factor) is None:
        return None
    rest = float(np.abs(wide - factor * true).max())
    return factor if rest <= tolerance * float(np.abs(wide).max()) else None
