"""A part of a block of memory: where it begins, its shape, and how far its elements lie apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Region:
    """A part of a block: byte `offset` from its start, `shape`, and `strides` in bytes.

    `made` is the class of the array (np.matrix multiplies otherwise). `positions` are the elements of the block,
    counted in items from its start, where strides can't say it: those that a fancy index wrote to.
    """

    __slots__ = ("_hash", "made", "offset", "positions", "shape", "strides")

    def __init__(
        self,
        offset: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        made: type = np.ndarray,
        positions: NDArray[np.intp] | None = None,
    ) -> None:
        self.offset, self.shape, self.strides, self.made, self.positions = offset, shape, strides, made, positions
        self._hash = hash((offset, shape, strides))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Region):
            return NotImplemented
        return self is other or (
            self.positions is None
            and other.positions is None
            and (self.offset, self.shape, self.strides, self.made)
            == (other.offset, other.shape, other.strides, other.made)
        )

    def seen(self, flat: NDArray[Any], itemsize: int) -> NDArray[Any]:
        """The region in `flat`, one entry for each item of the block: a view, or a copy where positions say it."""
        if self.positions is not None:
            return np.array(flat[self.positions])
        scale = flat.itemsize
        offset, strides = self.offset, self.strides
        if scale != itemsize:
            offset, strides = offset // itemsize * scale, tuple([stride // itemsize * scale for stride in strides])
        return np.ndarray(self.shape, flat.dtype, flat, offset, strides)

    def bounds(self, itemsize: int) -> tuple[int, int]:
        """The first byte and the one after the last that the region may touch."""
        if self.positions is not None:
            if self.positions.size == 0:
                return 0, 0
            return int(self.positions.min()) * itemsize, (int(self.positions.max()) + 1) * itemsize
        low = high = self.offset
        for length, stride in zip(self.shape, self.strides, strict=True):
            if length == 0:
                return 0, 0
            if stride > 0:
                high += (length - 1) * stride
            else:
                low += (length - 1) * stride
        return low, high + itemsize
