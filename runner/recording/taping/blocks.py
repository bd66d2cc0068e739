"""A block of memory that arrays of their code lie in, and which node wrote which part of it.

A block keeps a copy of what was recorded of it, so that a change that nobody reported is noticed at the next read.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.taping.node import Node
from runner.recording.taping.region import Region

_MANY = 64  # regions known from which on they are forgotten together


class Block:
    """A block of memory: `owner` is the array that it belongs to, `whole` the region that this one fills.

    `maker` is the node that last wrote all of it; `known` the nodes that hold just what a region has now.
    """

    __slots__ = (
        "_start",
        "_whole_copy",
        "copy",
        "itemsize",
        "known",
        "maker",
        "number",
        "owner",
        "shared",
        "whole",
        "writers",
    )

    def __init__(self, number: int, owner: NDArray[Any]) -> None:
        self.number = number
        self.owner = owner
        self.itemsize = owner.itemsize or 1
        self.maker: Node | None = None
        self.writers: NDArray[np.int64] | None = None  # the node that wrote each item, once some were written apart
        self.known: dict[Region, Node] = {}
        self.copy: NDArray[Any]
        self.shared = False  # whether values on the tape are views of the copy
        self._whole_copy: NDArray[Any] | None = None
        offset, self._start = 0, -1
        if owner.flags.c_contiguous or owner.flags.f_contiguous:
            self._take(owner)
        else:
            low, high = np.lib.array_utils.byte_bounds(owner)
            self._start, offset = low, _address(owner) - low
            self.copy = np.empty((high - low) // self.itemsize, owner.dtype)
        self.whole = Region(offset, owner.shape, owner.strides, type(owner))
        if self._whole_copy is None:
            self.stored(self.whole)[...] = np.asarray(owner)

    def region_of(self, array: NDArray[Any]) -> Region:
        """Where in the block an array lies."""
        whole = self.whole
        if array is self.owner and array.shape == whole.shape and array.strides == whole.strides:
            return whole
        if self._start < 0:
            self._start = _address(self.owner)
        return Region(_address(array) - self._start, array.shape, array.strides, type(array))

    def holds(self, array: NDArray[Any]) -> bool:
        """Whether an array of the same type lies in the memory of the block."""
        if array.dtype != self.copy.dtype:
            return False
        if self._start < 0:
            self._start = _address(self.owner)
        return self._start <= _address(array) < self._start + self.copy.nbytes

    def stored(self, region: Region) -> NDArray[Any]:
        """What the copy has for a region; not to be written to."""
        if region is self.whole and self._whole_copy is not None:
            return self._whole_copy
        return region.seen(self.copy, self.itemsize)

    def value(self, region: Region) -> NDArray[Any]:
        """The same as a value for the tape, which later writes leave as it is."""
        stored = self.stored(region)
        if region.positions is None:
            if stored.size * 4 >= self.copy.size:
                self.shared = True
            else:
                stored = stored.copy()
        if region.made is not np.ndarray:
            stored = stored.view(region.made)
        stored.flags.writeable = False
        return stored

    def put(self, region: Region, new: NDArray[Any]) -> None:
        """Write into the copy."""
        if region is self.whole and self._whole_copy is not None:
            self._take(new)
            return
        if self.shared:
            self.copy, self.shared, self._whole_copy = self.copy.copy(), False, None
        if region.positions is not None:
            self.copy[region.positions] = new
        else:
            region.seen(self.copy, self.itemsize)[...] = new

    def wrote(self, region: Region, node: Node) -> None:
        """Note that `node` wrote the region."""
        if region.positions is None and math.prod(region.shape) >= self.copy.size:
            self.maker, self.writers = node, None
            self.known = {region: node}
            return
        if self.writers is None:
            self.writers = np.full(self.copy.size, -1 if self.maker is None else self.maker.index, np.int64)
        if region.positions is not None:
            self.writers[region.positions] = node.index
        else:
            region.seen(self.writers, self.itemsize)[...] = node.index
        if len(self.known) > _MANY:
            self.known = {}
        elif self.known:
            low, high = region.bounds(self.itemsize)
            self.known = {
                other: known
                for other, known in self.known.items()
                if not _overlap(low, high, *other.bounds(self.itemsize))
            }
        if region.positions is None:
            self.known[region] = node

    def renamed(self, region: Region, node: Node) -> None:
        """Note that from now on `node` stands for what the region holds."""
        self.known[region] = node
        if self.writers is None and self.maker is not None and self.maker.region == region:
            self.maker = node

    def writers_of(self, region: Region, nodes: list[Node]) -> tuple[Node, ...]:
        """The nodes that wrote what a region holds, in the order of the run."""
        if self.writers is None:
            return () if self.maker is None else (self.maker,)
        wrote = region.seen(self.writers, self.itemsize)
        found = np.unique(wrote) if wrote.size > 1 else wrote.ravel()
        return tuple([nodes[index] for index in found if index >= 0])

    def _take(self, whole: NDArray[Any]) -> None:
        """Hold a copy of an array that fills the block without gaps."""
        order = "C" if self.owner.flags.c_contiguous else "F"
        copy = np.array(whole, order=order)  # type: ignore[call-overload]
        self._whole_copy, self.shared = copy, False
        self.copy = copy.reshape(-1) if order == "C" else copy.T.reshape(-1)


def owner_of(array: NDArray[Any]) -> NDArray[Any]:
    """The array whose memory this one looks at (itself, if its own)."""
    base = array.base
    while base is not None and isinstance(base, np.ndarray):
        array = base
        base = array.base
    return array


def _address(array: NDArray[Any]) -> int:
    return array.__array_interface__["data"][0]  # type: ignore[no-any-return]


def _overlap(low: int, high: int, other_low: int, other_high: int) -> bool:
    return low < other_high and other_low < high
