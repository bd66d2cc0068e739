"""The learning rate that the curvature of a script's loss allows, from the gradients that the script computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.scenario import StepFailed
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.turn import Turn

Array = NDArray[np.float64]

_POWER = 8  # iterations


def limit_at_start(found: Discovered) -> float | None:
    """The learning rate that the curvature allows at the parameters that the file makes."""
    turn = found.scenario
    assert isinstance(turn, Turn)
    with np.errstate(all="ignore"):
        return limit_at(turn, turn.names, turn.first().initial)


def limit_at(turn: Turn, names: Sequence[str], values: Sequence[Array]) -> float | None:
    """The learning rate at which gradient descent becomes unstable: 2 / the largest eigenvalue of the Hessian.

    By power iteration on differences of the gradients that the script computes.
    """
    random = np.random.default_rng(0)
    direction = [random.normal(size=np.shape(one)) for one in values]
    size = max(1.0, _norm(values))
    eigenvalue = 0.0
    for _ in range(_POWER):
        length = _norm(direction)
        if not np.isfinite(length) or not length:
            return None
        h = 1e-5 * size / length
        try:
            ahead, back = (_gradients(turn, names, values, direction, sign * h) for sign in (1, -1))
        except StepFailed:
            return None
        product = [
            np.zeros(np.shape(d))
            if a is None or b is None or a.size != np.size(d)
            else ((a - b) / (2 * h)).reshape(np.shape(d))
            for a, b, d in zip(ahead, back, direction, strict=True)
        ]
        eigenvalue = sum(float(np.sum(p * d)) for p, d in zip(product, direction, strict=True)) / length**2
        direction = product
    return 2.0 / eigenvalue if eigenvalue > 0 and np.isfinite(eigenvalue) else None


def _gradients(
    turn: Turn, names: Sequence[str], values: Sequence[Array], direction: Sequence[Array], h: float
) -> list[Array | None]:
    """The gradients at `values` + h `direction`."""
    moved = {name: a + h * d for name, a, d in zip(names, values, direction, strict=True)}
    given = dict(zip(turn.names, turn.at(moved).outcome.gradients, strict=True))
    return [given[name] for name in names]


def _norm(arrays: Sequence[Any]) -> float:
    return float(np.sqrt(sum(float(np.sum(np.square(one))) for one in arrays)))
