"""Activations with a number that nobody would guess: a leaky ReLU's slope, an ELU's alpha, fitted to the losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from runner.diagnosis.recognition.units import Unit
from runner.network.activations import ACTIVATIONS

# Where the number is looked for, between the bounds of the activation.
_LEAST, _MOST, _GRID = 1e-4, 4.0, 24
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
_STEPS = 62


def fitted_units(off: Callable[[Unit], float]) -> Iterator[Unit]:
    """For each activation with a number the one for which `off` is least."""
    for name, activation in ACTIVATIONS.items():
        for parameter in activation.parameters:
            low, high = activation.bounds[parameter]
            grid = np.geomspace(max(low, _LEAST), min(high, _MOST), _GRID)
            yield from _least(name, parameter, grid.tolist(), off)


def _least(name: str, parameter: str, grid: Sequence[float], off: Callable[[Unit], float]) -> Iterator[Unit]:
    """The number between points of the grid, by sections; as a number of few digits, and as it is."""

    def unit(value: float) -> Unit:
        return Unit(name, ((parameter, value),))

    best = int(np.argmin([off(unit(value)) for value in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    for _ in range(_STEPS):
        width = _GOLDEN * (high - low)
        if off(unit(high - width)) < off(unit(low + width)):
            high = low + width
        else:
            low = high - width
    value = (low + high) / 2.0
    yield from (unit(float(f"{value:.{digits}g}")) for digits in (3, 6, 17))
