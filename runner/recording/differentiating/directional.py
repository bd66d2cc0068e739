"""The one check that always runs: adjoints against differences of the loss along random directions.

A recording can go wrong in ways that nobody foresaw; then it is noticed here, before anything is said about their code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# The smallest are for many ReLUs: among tens of thousands of units one is often as close to its kink as 1e-6.
_STEPS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-3)
_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Directional:
    """The derivative along random directions, by differences of the loss and by the adjoints.

    `error` is the worst relative difference; `right` whether the adjoints can be relied on. `pairs` are the derivatives
    by differences and by adjoints, one pair for each direction.
    """

    error: float
    right: bool
    pairs: tuple[tuple[float, float], ...]


def directional_check(
    loss: Callable[[Sequence[Array]], float],
    parameters: Sequence[Array],
    gradients: Sequence[Array],
    *,
    seed: int = 0,
    directions: int = 2,
    tolerance: float = _TOLERANCE,
) -> Directional:
    """Compare `gradients` (the adjoints of the parameters' leaves) with differences of the loss.

    `loss(values)` runs their forward pass with `values` in the parameters' place, as often as asked, and leaves nothing
    behind. Of several step widths the best counts: a step may run across the kink of a ReLU, but no wrong derivative is
    right at any.
    """
    rng = np.random.default_rng(seed)
    pairs: list[tuple[float, float]] = []
    errors: list[float] = []
    for _ in range(directions):
        along = [_direction(rng, parameter) for parameter in parameters]
        expected = float(sum(np.sum(g * d) for g, d in zip(gradients, along, strict=True)))
        scale = float(np.sqrt(sum(np.sum((g * d) ** 2) for g, d in zip(gradients, along, strict=True))))
        best = (np.inf, np.nan)
        for step in _STEPS:
            found = _difference(loss, parameters, along, step)
            error = abs(found - expected) / max(abs(expected), abs(found), scale, 1e-12)
            best = min(best, (error if np.isfinite(error) else np.inf, found))
            if best[0] <= tolerance / 100:
                break
        errors.append(best[0])
        pairs.append((best[1], expected))
    error = max(errors, default=0.0)
    return Directional(error, error <= tolerance, tuple(pairs))


def _direction(rng: np.random.Generator, parameter: Array) -> Array:
    size = float(np.sqrt(np.mean(np.square(parameter)))) if np.size(parameter) else 0.0
    return np.asarray(rng.normal(size=np.shape(parameter)) * (size or 1.0))


def _difference(
    loss: Callable[[Sequence[Array]], float], parameters: Sequence[Array], along: Sequence[Array], step: float
) -> float:
    def at(distance: float) -> float:
        return loss([np.asarray(p + distance * d) for p, d in zip(parameters, along, strict=True)])

    near, far = at(step) - at(-step), at(2 * step) - at(-2 * step)
    return float((8 * near - far) / (12 * step))
