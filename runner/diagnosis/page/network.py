"""The network that was checked, drawn: units in columns, a line for each weight, in red what has a wrong gradient.

Where its arrays are no chain of layers (a recurrent network, a convolution) each array is a box.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.gradient_check import TOLERANCE, ArrayCheck
from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BAD, BLUE, GROUND, INK, SOFT, WIDTH, cut, legend

Wrong = NDArray[np.bool_]

_SHOWN = 7  # units of a layer that are drawn
_COLUMN = 0.95  # inches
_BOXES, _NAME = 3, 16  # boxes in a row, characters of a name


class Network(Protocol):
    """Something whose gradients were compared."""

    @property
    def network(self) -> str:
        """What it is, from input to output."""

    @property
    def arrays(self) -> Sequence[ArrayCheck]:
        """Its arrays."""


@dataclass(frozen=True)
class Drawing:
    """Layers as columns: the units of each with their label; for each layer which weights and biases are wrong.

    `weights` are (fan_in, fan_out), `biases` (fan_out,), None where there are none. Without `sizes` the `arrays` are
    drawn as boxes.
    """

    sizes: tuple[int, ...]
    labels: tuple[str, ...]
    weights: tuple[Wrong, ...]
    biases: tuple[Wrong | None, ...]
    arrays: tuple[ArrayCheck, ...]


def drawing(source: Network) -> Drawing | None:
    """The drawing; None where nothing was compared."""
    arrays = tuple(array for array in source.arrays if array.shape or array.errors)
    if not arrays:
        return None
    layers = [_of_layer(arrays, number) for number in sorted({array.layer for array in arrays})]
    chain = _chain([one for one in layers if one is not None]) if all(layers) else None
    if chain is None:
        return Drawing((), (), (), (), arrays)
    sizes = (chain[0][0], *(fan_out for _, fan_out, _ in chain))
    weights = tuple(
        _wrong(one[0], fan_in, fan_out, turned)
        for one, (fan_in, fan_out, turned) in zip(layers, chain, strict=True)
        if one
    )
    biases = tuple(
        None if one is None or one[1] is None else _wrong(one[1], 1, size, turned=False)[0]
        for one, size in zip(layers, sizes[1:], strict=True)
    )
    said = source.network.partition(",")[0].split(" -> ")
    labels = said if len(said) == len(sizes) else [str(size) for size in sizes]
    return Drawing(sizes, tuple(labels), weights, biases, arrays)


def _of_layer(arrays: Sequence[ArrayCheck], number: int) -> tuple[ArrayCheck, ArrayCheck | None] | None:
    """The weights and the biases of a layer; None where it has others."""
    mine = [array for array in arrays if array.layer == number]
    weights = [array for array in mine if not array.is_bias and len(array.shape) == 2]
    biases = [array for array in mine if array.is_bias]
    if len(weights) != 1 or len(biases) > 1:
        return None
    return weights[0], biases[0] if biases else None


def _chain(layers: Sequence[tuple[ArrayCheck, ArrayCheck | None]]) -> list[tuple[int, int, bool]] | None:
    """The inputs and outputs of each layer, and whether its weights are (fan_out, fan_in), where they fit together."""

    def fitting(place: int, fan_in: int | None) -> Iterator[list[tuple[int, int, bool]]]:
        if place == len(layers):
            yield []
            return
        weights, bias = layers[place]
        a, b = weights.shape
        for rows, columns, turned in ((a, b, False), (b, a, True)):
            own = columns if bias is None else math.prod(bias.shape)
            # With the bias among the weights there is a row more than inputs.
            inputs = (rows,) if bias is not None else (rows, rows - 1)
            if own == columns and (fan_in is None or fan_in in inputs):
                for rest in fitting(place + 1, columns):
                    yield [(rows if fan_in is None else fan_in, columns, turned), *rest]

    return next(fitting(0, None), None)


def _wrong(array: ArrayCheck, fan_in: int, fan_out: int, turned: bool) -> Wrong:
    """Which entries are wrong: of an array that is too large for a cell each, all or none."""
    if array.passed:
        return np.zeros((fan_in, fan_out), dtype=bool)
    table = np.array([[one is not None and one > TOLERANCE for one in row] for row in array.errors])
    table = table.reshape(1, -1) if fan_in == 1 else table.T if turned else table
    if table.shape[0] < fan_in or table.shape[1] != fan_out:
        return np.ones((fan_in, fan_out), dtype=bool)
    return table[:fan_in]


def draw(data: Drawing, axes: Any) -> Any:
    """The network, or its arrays as boxes."""
    (_draw_chain if data.sizes else _draw_boxes)(data, axes)
    axes.set_axis_off()
    return axes


def _draw_chain(data: Drawing, axes: Any) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    units = [_units(size) for size in data.sizes]
    for place, wrong in enumerate(data.weights):
        for bad, colour, width, alpha in ((False, SOFT, 0.7, 0.55), (True, BAD, 1.5, 0.85)):
            lines = [
                [(place, y), (place + 1, z)]
                for i, y in units[place].items()
                for j, z in units[place + 1].items()
                if wrong[i, j] == bad
            ]
            axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, alpha=alpha, zorder=1 + bad))
    for place, size in enumerate(data.sizes):
        biases = data.biases[place - 1] if place else None
        for index, y in units[place].items():
            edge = SOFT if biases is None else BAD if biases[index] else BLUE
            width = 1.0 if biases is None else 1.8
            axes.plot([place], [y], "o", ms=13, mfc=GROUND, mec=edge, mew=width, zorder=4)
        if size > _SHOWN:
            axes.text(place, 0, "⋮", ha="center", va="center", color=SOFT, fontsize=13, zorder=5)
        label = data.labels[place]
        axes.text(place, _half(data) + 0.62, _folded(label), ha="center", va="top", color=INK, fontsize=8)
    axes.set_xlim(-0.55, len(data.sizes) - 0.45)
    axes.set_ylim(_half(data) + 1.5, -_half(data) - 0.6)
    kinds = [(SOFT, "weight"), (BLUE, "unit with its bias"), (BAD, "wrong gradient")]
    kinds = kinds if any(not array.passed for array in data.arrays) else kinds[:2]
    marks: dict[str, dict[str, Any]] = {
        SOFT: {},
        BLUE: {"ls": "", "marker": "o", "mfc": GROUND, "mew": 1.8},
        BAD: {"lw": 2.0},
    }
    legend(axes, handles=[Line2D([], [], color=colour, label=label, **marks[colour]) for colour, label in kinds])


def _units(size: int) -> dict[int, float]:
    """The units of a layer that are drawn, with their height; of many some at both ends, around a gap."""
    if size <= _SHOWN:
        return {k: k - (size - 1) / 2 for k in range(size)}
    half = _SHOWN // 2
    return {**{k: k - half for k in range(half)}, **{size - half + k: k + 1.0 for k in range(half)}}


def _half(data: Drawing) -> float:
    """Half of the height of the tallest column."""
    return (min(max(data.sizes), _SHOWN) - 1) / 2


def _folded(label: str) -> str:
    """The label of a layer, on two lines where it has two words."""
    number, _, rest = label.partition(" ")
    return f"{number}\n{cut(rest, _NAME)}" if rest else label


def _draw_boxes(data: Drawing, axes: Any) -> None:
    from matplotlib.patches import FancyBboxPatch

    for place, array in enumerate(data.arrays):
        down, across = divmod(place, _BOXES)
        colour = BLUE if array.passed else BAD
        box = FancyBboxPatch(
            (across + 0.06, down + 0.1), 0.88, 0.74, boxstyle="round,pad=0,rounding_size=0.08",
            facecolor="none", edgecolor=colour, linewidth=1.0 if array.passed else 2.0,
        )  # fmt: skip
        axes.add_patch(box)
        shape = " × ".join(map(str, array.shape)) or "a number"
        axes.text(across + 0.5, down + 0.36, cut(array.name, _NAME), ha="center", va="center", color=INK, fontsize=8.5)
        said = f"{shape}, {'right' if array.passed else 'wrong'}"
        axes.text(across + 0.5, down + 0.63, cut(said, 20), ha="center", va="center", color=SOFT, fontsize=7.5)
    axes.set_xlim(0, _BOXES)
    axes.set_ylim(-(-len(data.arrays) // _BOXES), 0)


def size(data: Drawing) -> tuple[float, float]:
    """As wide as there are layers, as high as the tallest."""
    if not data.sizes:
        return WIDTH, max(0.8, 0.62 * -(-len(data.arrays) // _BOXES))
    return max(WIDTH, _COLUMN * len(data.sizes)), 1.15 + 0.3 * min(max(data.sizes), _SHOWN)


def words(panels: Sequence[Panel]) -> str:
    """What is wrong in it."""
    data: Drawing = panels[0][1]
    wrong = [array.name for array in data.arrays if not array.passed]
    if not wrong:
        return f"The gradients of {', '.join(array.name for array in data.arrays)} are right."
    return (
        f"The gradient{'s' if len(wrong) > 1 else ''} of {', '.join(wrong)} {'are' if len(wrong) > 1 else 'is'} wrong."
    )


PLOT = Plot("The network", lambda source: only(drawing(source)), draw, words, size)
