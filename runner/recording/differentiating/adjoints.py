"""The true derivatives: reverse mode over what was recorded, from a loss back to every value it was made of.

A block of memory has one buffer for its adjoint. What reads a part of the block adds to that part; going back past the
node that wrote a part takes out what has gathered there, since before the write the part held something else.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.rules import NoRule, operand_adjoints
from runner.recording.differentiating.rules.common import real
from runner.recording.taping.blocks import Block
from runner.recording.taping.functions import last_of
from runner.recording.taping.memory import LEAF_PART
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one use of a value adds to its adjoint: `consumer` used it as its operand number `position`."""

    consumer: Node
    position: int
    value: Array


@dataclass(frozen=True, eq=False)
class Opaque:
    """A node through which no derivative is known; `reason` is the end of a sentence ("goes through str")."""

    node: Node
    reason: str


class Adjoints:
    """dLoss/dvalue for each node that the loss was made of.

    `opaque` lists the nodes at which the way back ended; with any, the adjoints of what they were made of are not to be
    trusted.
    """

    def __init__(self, tape: Tape, loss: Node) -> None:
        self.tape = tape
        self.loss = loss
        self.opaque: list[Opaque] = []
        self._needed = ancestors(loss)
        self._adjoints: dict[int, Array] = {}
        self._uses: defaultdict[int, list[Contribution]] = defaultdict(list)
        self._buffers: dict[int, Array] = {}
        self._views: dict[int, list[Node]] = defaultdict(list)
        self._laid_out: tuple[Node, Array] | None = None  # the last view whose block was asked for, node after node

    def of(self, node: Node) -> Array | None:
        """dLoss/d(node.value), in the shape of the value; None where the loss does not depend on it.

        For a write it is the adjoint of the elements that were written. For a leaf that is a whole block of memory it
        comprises what its views contribute. A value that holds no real numbers (a mask, labels) has none.
        """
        if node.op == LEAF_PART:
            return self._of_part(node)
        return self._adjoints.get(node.index)

    def forward(self, node: Node) -> bool:
        """Whether the loss was made of the node, so that it belongs to the forward pass."""
        return node.index in self._needed

    def _of_part(self, part: Node) -> Array | None:
        """The adjoint of a part of a leaf, whatever views it was read through."""
        leaf = part.operands[0]
        whole = self.of(leaf)
        if whole is None or part.region is None or leaf.region is None or leaf.block is None:
            return None
        block = self.tape.memory.blocks[leaf.block]
        buffer = np.zeros(block.copy.size)
        leaf.region.seen(buffer, block.itemsize)[...] = whole
        return np.array(part.region.seen(buffer, block.itemsize))

    def contributions(self, node: Node) -> tuple[Contribution, ...]:
        """The adjoint of a node taken apart by its uses, in the order of the run; they add up to `of(node)`.

        Uses under another name ("same") are taken apart further: the consumers are the operations that use the value.
        """
        parts: list[Contribution] = []
        for use in self._uses[node.index]:
            parts.extend(self.contributions(use.consumer) if use.consumer.kind == "same" else [use])
        for view in self._views[node.index]:
            value = self._through(view, node)
            if value is not None:
                parts.append(Contribution(view, view.operands.index(node), value))
        return tuple(sorted(parts, key=lambda part: part.consumer.index))

    def _through(self, view: Node, node: Node) -> Array | None:
        """What a view adds to the node whose memory it looks at."""
        adjoint = self.of(view)
        if adjoint is None or view.region is None or node.region is None or view.block is None:
            return None
        block = self.tape.memory.blocks[view.block]
        if self._laid_out is None or self._laid_out[0] is not view:
            buffer = np.zeros(block.copy.size)
            _add(buffer, block, view, adjoint)
            self._laid_out = view, buffer
        return np.array(node.region.seen(self._laid_out[1], block.itemsize))

    # -- the way back

    def carry_out(self) -> Adjoints:
        """Go back from the loss; gives itself."""
        self._adjoints[self.loss.index] = np.ones(self.loss.shape)
        for index in sorted(self._needed, reverse=True):
            node = self.tape.nodes[index]
            if not real(node.value):
                if node.kind == "call" and any(operand.index in self._needed for operand in node.operands):
                    self._look_at(node)
                continue
            adjoint = self._gathered(node)
            if adjoint is None:
                continue
            self._adjoints[index] = adjoint
            if node.kind == "view":
                self._into_block(node, adjoint)
            elif node.kind == "same":
                self._give(node, 0, adjoint)
            elif node.kind == "unseen":
                self.opaque.append(Opaque(node, "was changed by something that is not recorded"))
            elif node.operands:
                self._back_through(node, adjoint)
        return self

    def _gathered(self, node: Node) -> Array | None:
        """The adjoint of a node, now that everything after it is done."""
        adjoint = self._adjoints.get(node.index)
        if node.kind == "view" or node.block is None or node.region is None:
            return adjoint
        buffer = self._buffers.get(node.block)
        if buffer is None:
            return adjoint
        block = self.tape.memory.blocks[node.block]
        through = np.array(node.region.seen(buffer, block.itemsize))
        if node.region.positions is not None:
            last = last_of(node.region.positions)
            if last is not None:
                through *= last == np.arange(last.size).reshape(last.shape)
            buffer[node.region.positions] = 0.0
        else:
            node.region.seen(buffer, block.itemsize)[...] = 0.0
        return through if adjoint is None else adjoint + through

    def _into_block(self, view: Node, adjoint: Array) -> None:
        assert view.block is not None
        block = self.tape.memory.blocks[view.block]
        buffer = self._buffers.get(view.block)
        if buffer is None:
            buffer = self._buffers[view.block] = np.zeros(block.copy.size)
        _add(buffer, block, view, adjoint)
        for operand in view.operands:
            self._views[operand.index].append(view)

    def _back_through(self, node: Node, adjoint: Array) -> None:
        try:
            parts = operand_adjoints(node, adjoint)
        except NoRule as failure:
            self.opaque.append(Opaque(node, str(failure)))
            return
        for position, part in enumerate(parts):
            if part is not None:
                self._give(node, position, part)

    def _give(self, node: Node, position: int, part: Array) -> None:
        operand = node.operands[position]
        before = self._adjoints.get(operand.index)
        self._adjoints[operand.index] = part if before is None else before + part
        self._uses[operand.index].append(Contribution(node, position, part))

    def _look_at(self, node: Node) -> None:
        """Numbers that were made into something that is no number, and back again perhaps."""
        if not isinstance(node.value, np.ndarray | np.generic):
            self.opaque.append(Opaque(node, f"goes through {node.op}"))
        elif node.value.dtype.kind == "c" and any(real(operand.value) for operand in node.operands):
            self.opaque.append(Opaque(node, f"goes through complex numbers ({node.op})"))


def adjoints(tape: Tape, loss: Node) -> Adjoints:
    """The adjoints of everything that the scalar `loss` was made of. `ValueError` if `loss` is not one real number."""
    if not real(loss.value) or np.size(loss.value) != 1:
        raise ValueError(f"a loss is one real number, not {loss!r}")
    return Adjoints(tape, loss).carry_out()


def ancestors(node: Node) -> set[int]:
    """The indices of a node and of everything it was made of."""
    found = {node.index}
    waiting = [node]
    while waiting:
        for operand in waiting.pop().operands:
            if operand.index not in found:
                found.add(operand.index)
                waiting.append(operand)
    return found


def _add(buffer: Array, block: Block, view: Node, adjoint: Array) -> None:
    """Add the adjoint of a view to the adjoint of its block, also where elements of the view share memory."""
    assert view.region is not None
    region = view.region
    if 0 in region.strides or "sliding" in view.op or "strided" in view.op:
        positions = region.seen(np.arange(buffer.size), block.itemsize)
        np.add.at(buffer, positions.ravel(), np.ravel(adjoint))
    else:
        part = region.seen(buffer, block.itemsize)
        part += np.reshape(adjoint, part.shape)
