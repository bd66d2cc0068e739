"""Which node wrote what in the memory of their arrays, and which node each of their numbers is.

An array belongs to a block: the memory of the array at the end of its `base` chain. A block keeps a copy of what was
recorded of it, so that a change that nobody reported is noticed at the next read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .tape import Execution, Node, Place, Tape

_BASIC = (int, slice, np.int64, np.int32, np.intp)
SMALL = 4096  # bytes up to which comparing as bytes is the faster way


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a block: byte `offset` from its start, `shape`, and `strides` in bytes.

    `made` is the class of the array (np.matrix multiplies otherwise).
    `positions` are the elements of the block (counted in items from its start) where strides can't say it: those that a
    fancy index wrote to.
    """

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    made: type = np.ndarray
    positions: NDArray[np.intp] | None = field(default=None, compare=False)

    def seen(self, flat: NDArray[Any], itemsize: int) -> NDArray[Any]:
        """The region in `flat`, one entry for each item of the block: a view, or a copy where positions say it."""
        if self.positions is not None:
            return np.array(flat[self.positions])
        scale = flat.itemsize
        return np.ndarray(
            self.shape,
            flat.dtype,
            flat.data,
            self.offset // itemsize * scale,
            tuple(stride // itemsize * scale for stride in self.strides),
        )


class Block:
    """A block of memory: `owner` is the array that it belongs to, `maker` the node that last wrote all of it."""

    __slots__ = ("copy", "itemsize", "known", "maker", "number", "owner", "shared", "start", "writers")

    def __init__(self, number: int, owner: NDArray[Any], start: int, size: int) -> None:
        self.number = number
        self.owner = owner
        self.start = start
        self.itemsize = owner.itemsize or 1
        self.copy: NDArray[Any] = np.empty(size, owner.dtype)
        self.shared = False  # whether values on the tape are views of the copy
        self.maker: Node | None = None
        self.writers: NDArray[np.int64] | None = None  # the node that wrote each item, once some were written apart
        self.known: dict[Region, Node] = {}

    def region_of(self, array: NDArray[Any]) -> Region:
        """Where in the block an array lies."""
        return Region(_address(array) - self.start, array.shape, array.strides, type(array))

    def stored(self, region: Region) -> NDArray[Any]:
        """What the copy has for a region."""
        return region.seen(self.copy, self.itemsize)

    def value(self, region: Region) -> NDArray[Any]:
        """The same as a value for the tape, which later writes leave as it is."""
        stored = self.stored(region)
        if region.positions is None and stored.size * 4 >= self.copy.size:
            self.shared = True
        elif region.positions is None:
            stored = stored.copy()
        if region.made is not np.ndarray:
            stored = stored.view(region.made)
        stored.flags.writeable = False
        return stored

    def put(self, region: Region, new: NDArray[Any]) -> None:
        """Write into the copy."""
        if self.shared:
            self.copy, self.shared = self.copy.copy(), False
        if region.positions is not None:
            self.copy[region.positions] = new
        else:
            self.stored(region)[...] = new

    def wrote(self, region: Region, node: Node) -> None:
        """Note that `node` wrote the region."""
        if region.positions is None and np.prod(region.shape, dtype=np.int64) >= self.copy.size:
            self.maker, self.writers = node, None
            self.known = {region: node}
            return
        if self.writers is None:
            self.writers = np.full(self.copy.size, -1 if self.maker is None else self.maker.index, np.int64)
        if region.positions is not None:
            self.writers[region.positions] = node.index
        else:
            region.seen(self.writers, self.itemsize)[...] = node.index
        low, high = _bounds(region, self.itemsize)
        self.known = {
            other: known
            for other, known in self.known.items()
            if not _overlap(low, high, *_bounds(other, self.itemsize))
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
        return tuple(nodes[index] for index in np.unique(region.seen(self.writers, self.itemsize)) if index >= 0)


class Memory:
    """The blocks that the recorded arrays lie in, and the numbers by identity."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.bytes = 0
        self._by_owner: dict[int, Block] = {}
        self._numbers: dict[int, tuple[object, Node]] = {}
        self._leaves: dict[int, Node] = {}

    # -- numbers

    def number(self, value: object) -> Node | None:
        """The node that a number is, None for one not seen yet."""
        entry = self._numbers.get(id(value))
        return None if entry is None else entry[1]

    def remember(self, value: object, node: Node) -> None:
        """Note that a number (or what else is no array) is the value of `node`; it is kept alive for its identity."""
        self._numbers[id(value)] = (value, node)

    # -- arrays

    def block(self, array: NDArray[Any]) -> Block | None:
        """The block of an array, None if it was not seen yet."""
        return self._by_owner.get(id(owner_of(array)))

    def new_block(self, array: NDArray[Any]) -> Block:
        """A block for an array of a memory not seen yet, holding what it holds now."""
        owner = owner_of(array)
        start, size = _extent(owner)
        block = Block(len(self.blocks), owner, start, size)
        block.stored(block.region_of(owner))[...] = np.asarray(owner)
        self.blocks.append(block)
        self._by_owner[id(owner)] = block
        self.bytes += block.copy.nbytes
        return block

    def made(self, block: Block, node: Node) -> None:
        """Note that `node` made a whole block."""
        block.maker = node
        block.known[block.region_of(block.owner)] = node

    def first_leaf(self, block: Block, node: Node) -> None:
        """Note that a block was there before, and that `node` is what it held."""
        self._leaves[block.number] = node

    def find(self, tape: Tape, value: object) -> Node | None:
        """The node that `value` holds now, None if it is on no tape."""
        if not isinstance(value, np.ndarray):
            return self.number(value)
        block = self.block(value)
        return None if block is None else self.read(tape, block, value, None, None)

    def first(self, tape: Tape, value: object) -> Node | None:
        """The leaf that `value` was, None if it was not there before the recording or was never read."""
        if not isinstance(value, np.ndarray):
            node = self.number(value)
            return node if node is None or node.kind == "leaf" else None
        block = self.block(value)
        return None if block is None else self._leaves.get(block.number)

    def read(
        self,
        tape: Tape,
        block: Block,
        array: NDArray[Any],
        place: Place | None,
        execution: Execution | None,
        op: str = "view",
    ) -> Node:
        """The node for an array as it is now, a new view where no node holds just this."""
        region = block.region_of(array)
        if array.dtype != block.copy.dtype:
            whole = self.read(tape, block, block.owner, place, execution)
            return tape.add("call", "reinterpret", np.array(array), place, execution, (whole,))
        plain = np.asarray(array)
        if not same(plain, block.stored(region)):
            block.put(region, plain)
            node = tape.add("unseen", "unseen", block.value(region), place, execution)
            node.region, node.block = region, block.number
            block.wrote(region, node)
            return node
        known = block.known.get(region)
        if known is not None:
            return known
        node = tape.add("view", op, block.value(region), place, execution, block.writers_of(region, tape.nodes))
        node.region, node.block = region, block.number
        node.parts = (None,) * len(node.operands)
        block.known[region] = node
        self.bytes += node.value.nbytes if node.value.size * 4 < block.copy.size else 0
        return node


def owner_of(array: NDArray[Any]) -> NDArray[Any]:
    """The array whose memory this one looks at (itself, if its own)."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def same(left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Whether two arrays of one shape and type hold the same bits, or at least equal numbers."""
    if left.nbytes <= SMALL:
        return left.tobytes() == right.tobytes()
    return bool((left == right).all()) or left.tobytes() == right.tobytes()


def written(block: Block, array: NDArray[Any], index: Any, flat: bool) -> tuple[Region, NDArray[Any]]:
    """Where `array[index] = ...` (`array.flat[index] = ...`) has written, and what is there now."""
    array = np.asarray(array)
    parts = index if isinstance(index, tuple) else (index,)
    if not flat and all(part is None or part is ... or type(part) in _BASIC for part in parts):
        target = array[parts if ... in parts else (*parts, ...)]
        return block.region_of(target), target
    counted = block.region_of(array).seen(np.arange(block.copy.size), block.itemsize)
    positions = np.asarray(counted.flat[index] if flat else counted[index])
    return Region(0, positions.shape, (), np.ndarray, positions), np.asarray(
        array.flat[index] if flat else array[index]
    )


def _address(array: NDArray[Any]) -> int:
    return array.__array_interface__["data"][0]  # type: ignore[no-any-return]


def _extent(owner: NDArray[Any]) -> tuple[int, int]:
    """Where the memory of an array starts and how many items it spans."""
    if owner.flags.c_contiguous or owner.flags.f_contiguous:
        return _address(owner), owner.size
    low, high = np.lib.array_utils.byte_bounds(owner)
    return low, (high - low) // (owner.itemsize or 1)


def _bounds(region: Region, itemsize: int) -> tuple[int, int]:
    if region.positions is not None:
        if region.positions.size == 0:
            return 0, 0
        return int(region.positions.min()) * itemsize, (int(region.positions.max()) + 1) * itemsize
    low = high = region.offset
    for length, stride in zip(region.shape, region.strides, strict=True):
        if length == 0:
            return 0, 0
        low, high = (low, high + (length - 1) * stride) if stride > 0 else (low + (length - 1) * stride, high)
    return low, high + itemsize


def _overlap(low: int, high: int, other_low: int, other_high: int) -> bool:
    return low < other_high and other_low < high
