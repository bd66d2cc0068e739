"""Which node wrote what in the memory of their arrays, and which node each of their numbers is.

An array belongs to a block: the memory of the array at the end of its `base` chain. Numbers are known by identity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.taping.blocks import Block, owner_of
from runner.recording.taping.node import Execution, Node, NodeList, Place
from runner.recording.taping.region import Region

LEAF_PART = "part of a leaf"  # the operation of what `Memory.first` makes
_BASIC = (int, slice, np.int64, np.int32, np.intp)
SMALL = 4096  # bytes up to which comparing as bytes is the faster way


class Memory:
    """The blocks that the recorded arrays lie in, and the numbers by identity."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.bytes = 0
        self._by_owner: dict[int, Block] = {}
        self._numbers: dict[int, tuple[object, Node]] = {}
        self._leaves: dict[int, Node] = {}
        self._adopted: list[NDArray[Any]] = []

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

    def adopted(self, array: NDArray[Any]) -> Block | None:
        """The block that an array looks into though its `base` does not say so, as those of np.nditer; None if none."""
        if array.flags.owndata or array.size == 0:
            return None
        for block in self.blocks:
            if block.holds(array):
                self._by_owner[id(owner_of(array))] = block
                self._adopted.append(array)  # kept alive for its identity
                return block
        return None

    def new_block(self, array: NDArray[Any]) -> Block:
        """A block for an array of a memory not seen yet, holding what it holds now."""
        owner = owner_of(array)
        block = Block(len(self.blocks), owner)
        self.blocks.append(block)
        self._by_owner[id(owner)] = block
        self.bytes += block.copy.nbytes
        return block

    def made(self, block: Block, node: Node) -> None:
        """Note that `node` made a whole block."""
        block.maker = node
        block.known[block.whole] = node

    def first_leaf(self, block: Block, node: Node) -> None:
        """Note that a block was there before, and that `node` is what it held."""
        self._leaves[block.number] = node

    def find(self, tape: NodeList, value: object) -> Node | None:
        """The node that `value` holds now, None if it is on no tape."""
        if not isinstance(value, np.ndarray):
            return self.number(value)
        block = self.block(value)
        return None if block is None else self.read(tape, block, value, None, None)

    def first(self, tape: NodeList, value: object) -> Node | None:
        """The leaf that `value` was, None if it was not there before the recording or was never read."""
        if not isinstance(value, np.ndarray):
            node = self.number(value)
            return node if node is None or node.kind == "leaf" else None
        block = self.block(value)
        leaf = None if block is None else self._leaves.get(block.number)
        if block is None or leaf is None:
            return None
        region = block.region_of(value)
        if region == block.whole or value.dtype != block.copy.dtype:
            return leaf
        part = tape.add("view", LEAF_PART, _part(leaf, block, region), None, None, (leaf,))
        part.region, part.block, part.parts = region, block.number, (None,)
        return part

    def read(
        self,
        tape: NodeList,
        block: Block,
        array: NDArray[Any],
        place: Place | None,
        execution: Execution | None,
        op: str = "view",
    ) -> Node:
        """The node for an array as it is now, a new view where no node holds just this."""
        if array.dtype != block.copy.dtype:
            whole = self.read(tape, block, block.owner, place, execution)
            return tape.add("call", "reinterpret", np.array(array), place, execution, (whole,))
        region = block.region_of(array)
        changed = self._unseen(tape, block, region, array, place, execution)
        known = changed or block.known.get(region)
        if known is not None:
            return known
        node = tape.add("view", op, block.value(region), place, execution, block.writers_of(region, tape.nodes))
        node.region, node.block = region, block.number
        node.parts = (None,) * len(node.operands)
        block.known[region] = node
        self.bytes += node.value.nbytes if node.value.size * 4 < block.copy.size else 0
        return node

    def element(
        self, tape: NodeList, block: Block, target: NDArray[Any], number: Any, place: Place, execution: Execution
    ) -> Node:
        """The node for a number that was read from an array, at which `target` looks as an array without axes."""
        region = block.region_of(target)
        self._unseen(tape, block, region, target, place, execution)
        node = tape.add("view", "getitem", number, place, execution, block.writers_of(region, tape.nodes))
        node.region, node.block = region, block.number
        self.remember(number, node)
        return node

    def _unseen(
        self,
        tape: NodeList,
        block: Block,
        region: Region,
        array: NDArray[Any],
        place: Place | None,
        execution: Execution | None,
    ) -> Node | None:
        """A node for what is in a region, if it is not what was recorded."""
        plain = np.asarray(array)
        if same(plain, block.stored(region)):
            return None
        block.put(region, plain)
        node = tape.add("unseen", "unseen", block.value(region), place, execution)
        node.region, node.block = region, block.number
        block.wrote(region, node)
        return node


def written(block: Block, array: NDArray[Any], index: Any, flat: bool) -> tuple[Region, NDArray[Any]]:
    """Where `array[index] = ...` (`array.flat[index] = ...`) has written, and what is there now."""
    target = None if flat else looked_at(array, index)
    if target is not None:
        return block.region_of(target), target
    array = np.asarray(array)
    counted = block.region_of(array).seen(np.arange(block.copy.size), block.itemsize)
    positions = np.asarray(counted.flat[index] if flat else counted[index])
    return Region(0, positions.shape, (), np.ndarray, positions), np.asarray(
        array.flat[index] if flat else array[index]
    )


def looked_at(array: NDArray[Any], index: Any) -> NDArray[Any] | None:
    """`array[index]` as a view even for one element; None where the index is not made of numbers and slices."""
    parts = index if type(index) is tuple else (index,)
    for part in parts:
        if not (part is None or part is ... or type(part) in _BASIC):
            return None
    array = np.asarray(array)
    return np.asarray(array[parts if any(part is ... for part in parts) else (*parts, ...)])


def _part(leaf: Node, block: Block, region: Region) -> NDArray[Any]:
    """What a region of a leaf held."""
    held = np.empty(block.copy.size, block.copy.dtype)
    block.whole.seen(held, block.itemsize)[...] = np.asarray(leaf.value)
    part = region.seen(held, block.itemsize).copy()
    part.flags.writeable = False
    return part


def same(left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Whether two arrays of one shape and type hold the same bits, or at least equal numbers."""
    if left.nbytes <= SMALL:
        return left.tobytes() == right.tobytes()
    return bool((left == right).all()) or left.tobytes() == right.tobytes()
