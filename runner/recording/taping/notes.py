"""Putting operations on the tape: nodes for what is read, made and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runner.recording.rewriting.sites import Site
from runner.recording.taping.arguments import Arguments
from runner.recording.taping.blocks import Block
from runner.recording.taping.frames import Frames
from runner.recording.taping.functions import Chosen
from runner.recording.taping.memory import Memory, looked_at
from runner.recording.taping.node import Node, Place, Statement
from runner.recording.taping.region import Region
from runner.recording.taping.tape import Tape
from runner.recording.taping.values import Packing, anew


class TooLong(Exception):  # noqa: N818 - nothing is wrong with what was recorded
    """The window holds more operations, or more memory, than the limit allows."""


class Switch(Protocol):
    """Whom rewritten code reports to: `recorder`, None while nothing is recorded."""

    recorder: Any


class Notes:
    """A tape that is being recorded, until this is no longer the runtime's recorder."""

    def __init__(
        self,
        switch: Switch,
        snapshot: Callable[[Statement], bool] | None = None,
        operations: int = 2_000_000,
        memory: int = 2 * 10**9,
    ) -> None:
        self._switch = switch
        self.memory = Memory()
        self.tape = Tape(memory=self.memory)
        self.frames = Frames(self.tape, snapshot)
        self._operations, self._bytes = operations, memory

    # -- nodes

    def node(self, value: Any, place: Place | None = None, op: str = "view", site: Site | None = None) -> Node:
        """The node of an array or number, a leaf if it was not seen before."""
        if not isinstance(value, np.ndarray):
            known = self.memory.number(value)
            if known is None:
                known = self.tape.add("leaf", "leaf", value, None, None)
                self.memory.remember(value, known)
            return known
        block = self.memory.block(value) or self.memory.adopted(value)
        if block is None:
            block = self.memory.new_block(value)
            leaf = self.tape.add("leaf", "leaf", block.value(block.whole), None, None)
            leaf.region, leaf.block = block.whole, block.number
            self.memory.made(block, leaf)
            self.memory.first_leaf(block, leaf)
        execution = None if site is None else self.frames.execution(site)
        return self.memory.read(self.tape, block, value, place, execution, op)

    def emit(
        self,
        site: Site,
        op: str,
        result: Any,
        packing: Packing,
        function: Callable[..., Any] | None,
        arguments: Arguments | None,
        kind: str = "",
    ) -> Any:
        """A node for a result of its own; gives the result, as a new object where the number is known already."""
        execution = self.frames.execution(site)
        kind = kind or ("call" if packing.operands else "source")
        if isinstance(result, np.ndarray):
            block = self.memory.new_block(result)
            region = block.region_of(result)
            node = self.tape.add(kind, op, block.value(region), site.place, execution, tuple(packing.operands))
            node.region, node.block = region, block.number
            self.memory.made(block, node)
            block.known[region] = node
        else:
            if self.memory.number(result) is not None:
                result = anew(result)
            node = self.tape.add(kind, op, result, site.place, execution, tuple(packing.operands))
            self.memory.remember(result, node)
        node.parts, node.function, node.arguments = tuple(packing.parts), function, arguments
        self._within_limits()
        return result

    def _within_limits(self) -> None:
        if len(self.tape.nodes) > self._operations or self.memory.bytes > self._bytes:
            raise TooLong(f"more than {self._operations} operations or {self._bytes} bytes in what is recorded")

    def wrote(
        self,
        site: Site,
        op: str,
        block: Block,
        region: Region,
        new: NDArray[Any],
        packing: Packing,
        function: Callable[..., Any] | None,
        arguments: Arguments | None,
    ) -> Node:
        """A node for `new`, which was just written into a region of a block."""
        block.put(region, new)
        self.memory.bytes += new.nbytes
        execution = self.frames.execution(site)
        value = block.value(region)
        node = self.tape.add("write", op, value, site.statement.place, execution, tuple(packing.operands))
        node.parts, node.function, node.arguments = tuple(packing.parts), function, arguments
        node.region, node.block = region, block.number
        block.wrote(region, node)
        self._within_limits()
        return node

    def chosen(
        self,
        site: Site,
        parts: tuple[Place | None, ...],
        array: NDArray[Any],
        result: Any,
        index: Any,
        flat: bool = False,
    ) -> Any:
        """A node for `result`, which is `array[index]` (`array.flat[index]`): an element, a view or a selection."""
        part, index_part = (*parts, None, None)[:2]
        target = None if flat else looked_at(array, index)
        if target is not None:
            if self.memory.block(array) is None:
                self.node(array, part)
            if isinstance(result, np.ndarray):
                self.node(result, site.place, "getitem", site)
                return result
            block = self.memory.block(target)
            if block is not None and block.copy.dtype == target.dtype:
                self.memory.element(self.tape, block, target, result, site.place, self.frames.execution(site))
                return result
        whole = self.node(array, part)
        packing = Packing(self)
        arguments = Arguments((packing.slot(whole, part), packing.of(index, index_part)))
        return self.emit(site, "getitem", result, packing, Chosen(flat), arguments)

    def suspended(self, function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """What the call gives; nothing that it calls in turn is recorded."""
        before, self._switch.recorder = self._switch.recorder, None
        try:
            return function(*args, **keywords)
        finally:
            self._switch.recorder = before

    @property
    def live(self) -> bool:
        """Whether this recorder is recording just now."""
        return self._switch.recorder is self
