"""The relative error of each entry of each gradient, as heat maps: where a gradient is wrong, and where not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from runner.diagnosis.gradients.entries import shape_of
from runner.diagnosis.gradients.gradient_check import TOLERANCE, ArrayCheck
from runner.report.plots.lines import short
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import BAD, BLUE, FULL, GROUND, INK, SOFT, WIDTH, cut

_MOST = 8  # layers
_NUMBERED = 7  # columns up to which each cell has its number
_CELL, _MOST_HIGH = 0.27, 2.6  # inches of a row, and of the tallest array
_LOWEST = -12.0  # powers of ten: smaller errors are coloured as this
_LABEL = 14  # characters of an array's name


class Compared(Protocol):
    """Something of which gradients were compared."""

    @property
    def arrays(self) -> Sequence[ArrayCheck]:
        """Its arrays."""


@dataclass(frozen=True)
class Layer:
    """The arrays of a layer, drawn one below the other."""

    arrays: tuple[ArrayCheck, ...]

    @property
    def heights(self) -> list[float]:
        """The height of each, in inches."""
        return [min(_MOST_HIGH, _CELL * max(1, len(array.errors))) for array in self.arrays]


def layers(source: Compared) -> Sequence[Panel]:
    """A panel for each layer; of many layers those that are wrong come before others."""
    known = [array for array in source.arrays if array.errors]
    numbers = sorted({array.layer for array in known})
    found = {number: tuple(array for array in known if array.layer == number) for number in numbers}
    wrong = [number for number in numbers if not all(array.passed for array in found[number])]
    chosen = sorted([*wrong, *(number for number in numbers if number not in wrong)][:_MOST])
    if len(numbers) == 1:
        return [("", Layer(found[numbers[0]]))]
    return [(f"layer {number}", Layer(found[number])) for number in chosen]


def draw(data: Layer, axes: Any) -> Any:
    """A cell for each entry: blue where it is right, red where it is wrong, the fuller the larger the error."""
    top, places = 0.0, []
    for array, height in zip(data.arrays, data.heights, strict=True):
        _draw_array(array, top, height, axes)
        places.append(top + height / 2)
        top += height + 0.34
    axes.set_xlim(0, 1)
    axes.set_ylim(top - 0.3, -0.26)
    axes.set_yticks(places, [cut(array.name, _LABEL) for array in data.arrays], color=INK)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


def _draw_array(array: ArrayCheck, top: float, height: float, axes: Any) -> None:
    errors = np.array([[np.nan if one is None else one for one in row] for row in array.errors])
    rows, columns = errors.shape
    x, y = np.linspace(0, 1, columns + 1), np.linspace(top, top + height, rows + 1)
    cells = np.array([[_colour(one, passed=array.passed) for one in row] for row in errors])
    width = 0.8 if max(rows, columns) <= 20 else 0.2
    mesh = axes.pcolormesh(x, y, np.zeros(errors.shape), edgecolor=GROUND, linewidth=width)
    mesh.set_array(None)  # each cell has a colour of its own
    mesh.set_facecolor(cells.reshape(-1, 4))
    axes.text(0, top - 0.05, _head(array), ha="left", va="bottom", fontsize=7.5, color=SOFT)
    if columns > _NUMBERED or height / rows < 0.2:
        return
    for row, column in np.argwhere(np.isfinite(errors)):
        text = f"{errors[row, column]:.0e}" if errors[row, column] < 0.001 else short(float(errors[row, column]))
        where = (x[column] + x[column + 1]) / 2, (y[row] + y[row + 1]) / 2
        axes.text(*where, text.replace("e-0", "e-"), ha="center", va="center", fontsize=7, color=INK)


def _colour(error: float, *, passed: bool) -> tuple[float, float, float, float]:
    """No colour where nothing was checked; of an array that is right every entry is blue."""
    from matplotlib.colors import to_rgba

    if math.isnan(error):
        return to_rgba(SOFT, 0.0)
    size = 1.0 - math.log10(min(max(error, 10.0**_LOWEST), 1.0)) / _LOWEST  # 0 to 1
    if passed or error <= TOLERANCE:
        return to_rgba(BLUE, 0.08 + 0.3 * size)
    return to_rgba(BAD, 0.1 + (FULL - 0.1) * size)


def _head(array: ArrayCheck) -> str:
    shape = " × ".join(map(str, array.shape)) or "a number"
    shared = math.prod(shape_of(array.shape)) > sum(map(len, array.errors))
    return f"{shape}: {'right' if array.passed else 'wrong'}{', several entries a cell' if shared else ''}"


def size(data: Layer) -> tuple[float, float]:
    """As high as its arrays are."""
    return WIDTH, max(1.0, sum(data.heights) + 0.34 * len(data.arrays) + 0.12)


def words(panels: Sequence[Panel]) -> str:
    """The largest error of each array."""
    said = []
    for _, data in panels:
        for array in data.arrays:
            known = [one for row in array.errors for one in row if one is not None]
            largest = f"up to {short(max(known))}" if known else "not checked"
            said.append(f"{array.name} {largest}{'' if array.passed else ' (wrong)'}")
    how = "|given - true| over the larger of the two, and over 1 % of the array's root mean square"
    return f"{'; '.join(said)}. An error is {how}; without colour: not checked."


PLOT = Plot("Relative error of each gradient", layers, draw, words, size)
