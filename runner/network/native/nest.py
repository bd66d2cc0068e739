"""A loop over memory: its operands, the dimensions around it, and what it is given.

What NumPy does between a call and its loop is done here once: operands are broadcast, dimensions of length 1 left out,
neighbouring ones joined, and the one whose entries lie closest is the loop's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runner.network.native.loops import Loop, NoLoopError
from runner.network.ops import Array

# Dimensions around a loop that the table has room for.
MOST_OUTER = 3


@dataclass(frozen=True)
class Own:
    """A loop of executor.c that moves numbers, by its name; `size` is that of an entry in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Nest:
    """A loop over memory. `operands` are the arrays in the loop's order; strides are in bytes.

    `shape` and `outer`: the dimensions around the loop and each operand's strides in them; `dimensions` and `strides`:
    what the loop itself is given. `advance`: by how many bytes each operand moves from step to step.
    """

    loop: Loop | Own
    operands: tuple[Array, ...]
    shape: tuple[int, ...]
    outer: tuple[tuple[int, ...], ...]
    dimensions: tuple[int, ...]
    strides: tuple[int, ...]
    advance: tuple[int, ...] = ()


def nest(loop: Loop | Own, arrays: tuple[Array, ...], shape: tuple[int, ...], advance: tuple[int, ...] = ()) -> Nest:
    """A loop over arrays that broadcast to a shape, its dimensions as NumPy's iterator arranges them.

    Raises:
        NoLoopError: there are more dimensions than the table has room for, or an operand goes backwards.
    """
    wide = [np.broadcast_to(array, shape) for array in arrays]
    axes = [axis for axis in range(len(shape)) if shape[axis] != 1]
    axes.sort(key=lambda axis: -max(abs(array.strides[axis]) for array in wide))
    lengths: list[int] = []
    strides: list[list[int]] = []
    for axis in axes:
        own = [array.strides[axis] for array in wide]
        if strides and strides[-1] == [stride * shape[axis] for stride in own]:
            lengths[-1] *= shape[axis]
            strides[-1] = own
        else:
            lengths.append(shape[axis])
            strides.append(own)
    if not axes:
        lengths, strides = [1], [[0] * len(arrays)]
    if len(lengths) > MOST_OUTER + 1 or any(stride < 0 for own in strides for stride in own):
        raise NoLoopError("operands in an order of their own")
    outer = tuple(tuple(own) for own in strides[:-1])
    return Nest(loop, arrays, tuple(lengths[:-1]), outer, (lengths[-1],), tuple(strides[-1]), advance)
