"""The arrays of somebody's network as parts of one flat vector, each a block of its own with its own name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.network.layout import Block
from runner.subjects.layers import arrays_of

Vector = NDArray[Any]


@dataclass(frozen=True)
class ArrayLayout:
    """Arrays in the order in which they were found, by the names that they have in their code.

    Which of them are biases is read from names and shapes, for `features` inputs and `targets` outputs.
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    features: int
    targets: int

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """A block for each array."""
        ends = np.cumsum([int(np.prod(shape, dtype=np.int64)) for shape in self.shapes]).tolist()
        starts = [0, *ends[:-1]]
        return tuple(
            Block(k, label, f"theta.{label}", f"g.{label}", slice(start, end), shape)
            for k, (label, start, end, shape) in enumerate(
                zip(labels(self.names), starts, ends, self.shapes, strict=True), start=1
            )
        )

    @property
    def parameter_count(self) -> int:
        """How many numbers they hold."""
        return int(self.blocks[-1].segment.stop)

    @property
    def inputs(self) -> str:
        """The inputs, without a row of ones."""
        return "A0"

    @property
    def bias(self) -> bool:
        """Biases are arrays like others."""
        return False

    @property
    def units(self) -> dict[int, int]:
        """Their layers are not known."""
        return {}

    @property
    def statistics(self) -> dict[str, str]:
        """Whatever they keep, they keep themselves."""
        return {}

    def fill_weights(self, mask: Vector) -> None:
        """Set the entries of a vector of ones (parameters,) that are biases to 0."""
        for array in arrays_of(self.names, self.shapes, self.features, self.targets):
            if array.is_bias:
                mask[array.entries] = 0.0

    def arrays(self, theta: Vector) -> Iterator[tuple[Block, str, Vector]]:
        """Each array as a view of the flat vector."""
        for block, name in zip(self.blocks, self.names, strict=True):
            yield block, name, theta[block.segment].reshape(block.shape)

    def saved(self, theta: Vector) -> dict[str, Vector]:
        """Copies of the arrays by their labels."""
        return {block.label: array.copy() for block, _, array in self.arrays(theta)}

    def to_dict(self) -> dict[str, Any]:
        """Names, labels and shapes, as JSON can hold them."""
        described = zip(self.names, self.blocks, strict=True)
        return {"arrays": [{"name": name, "label": one.label, "shape": list(one.shape)} for name, one in described]}

    def __str__(self) -> str:
        arrays = ", ".join(f"{name} {shape}" for name, shape in zip(self.names, self.shapes, strict=True))
        return f"{arrays}; {self.parameter_count:,} parameters"


def labels(names: Sequence[str]) -> list[str]:
    """Names as columns, files and MLflow take them: `layers[0].weights` as layers.0.weights; no two alike."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_]+", ".", name.removeprefix("self.")).strip(".") or "parameter"
        label, count = plain, 1
        while label in found:
            count += 1
            label = f"{plain}.{count}"
        found.append(label)
    return found
