"""The true derivatives: reverse mode over what was recorded, from a loss back to every value it was made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tape import Node, Tape

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one use of a value adds to its adjoint: `consumer` used it as its operand number `position`."""

    consumer: Node
    position: int
    value: Array


@dataclass(frozen=True, eq=False)
class Opaque:
    """A node through which no derivative is known; `reason` is the end of a sentence ("goes through str(...)")."""

    node: Node
    reason: str


@dataclass(frozen=True)
class Adjoints:
    """dLoss/dvalue for each node that the loss was made of.

    `opaque` lists the nodes at which the way back ended; with any, the adjoints of what they were made of are not to be
    trusted.
    """

    tape: Tape
    loss: Node
    opaque: tuple[Opaque, ...]

    def of(self, node: Node) -> Array | None:
        """dLoss/d(node.value), in the shape of the value; None where the loss does not depend on it.

        For a write it is the adjoint of the elements that were written. For a leaf that is a whole block of memory it
        comprises what its views contribute. A value that holds no real numbers (a mask, labels) has none.
        """
        raise NotImplementedError

    def contributions(self, node: Node) -> tuple[Contribution, ...]:
        """The adjoint of a node taken apart by its uses, in the order of the run; they add up to `of(node)`.

        Uses under another name ("same") are taken apart further: the consumers are the operations that use the value.
        """
        raise NotImplementedError

    def forward(self, node: Node) -> bool:
        """Whether the loss was made of the node, so that it belongs to the forward pass."""
        raise NotImplementedError


def adjoints(tape: Tape, loss: Node) -> Adjoints:
    """The adjoints of everything that the scalar `loss` was made of. `ValueError` if `loss` is not one real number."""
    raise NotImplementedError


@dataclass(frozen=True)
class Directional:
    """The derivative along random directions, by finite differences of the loss and by the adjoints.

    `error` is the worst relative difference; `right` whether the adjoints can be relied on.
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
) -> Directional:
    """Compare `gradients` (the adjoints of the parameters' leaves) with differences of the loss.

    `loss(values)` runs their forward pass with `values` in the parameters' place, as often as asked, and leaves nothing
    behind.
    """
    raise NotImplementedError
