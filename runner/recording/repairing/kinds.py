"""What the values of their variables are, found from their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from runner.recording.edits.scope import Kind
from runner.recording.locating.colours import TRUE, Colour, Colours
from runner.recording.locating.projections import Register, real, signature
from runner.recording.locating.uses import Uses, base
from runner.recording.taping.node import Node

_PRODUCTS = 6


class Kinds:
    """What the values of one tape are, found from their numbers."""

    def __init__(self, colours: Colours, uses: Uses, parameters: tuple[Node | None, ...]) -> None:
        self.colours = colours
        read = [p for p in parameters if p is not None]
        self._parameters = {base(p).index for p in read} | {p.index for p in read}
        self._shapes = {p.shape for p in read}
        self._multiplied = {
            base(operand).index
            for p in read
            for use in uses.of(p)
            for operand in use.operands
            if base(operand).index not in self._parameters
        }
        self._own: Register[Node] = Register(colours.tolerance)
        for node in colours.tape.nodes:
            value = real(node.value)
            if value is not None and value.ndim and not colours.true.forward(node) and node.kind == "call":
                self._own.add(signature(value), node)

    def products(self) -> list[Node]:
        """A few matrix products of the forward pass of which no parameter is a part."""
        matrix = (n for n in self.colours.tape.nodes if "matmul" in n.op and self.colours.true.forward(n))
        found = [n for n in matrix if not {base(o).index for o in n.operands} & self._parameters]
        return found[:_PRODUCTS]

    def of(self, value: object) -> Kind:
        """What a value is."""
        array = real(value)
        if array is None:
            mask = isinstance(value, np.ndarray) and value.dtype == np.bool_
            return Kind.DERIVATIVE if mask else Kind.OTHER
        known = signature(array)
        if array.ndim and known.norm == 0:
            return Kind.GRADIENT if array.shape in self._shapes else Kind.DELTA
        leaves = self.colours.leaves(known)
        if leaves:
            return self._forward(leaves)
        found = self.colours.known(known) if known.norm else None
        if found is not None and found.colour is Colour.FORWARD:
            return self._forward([m.reference for m in found.matches])
        if found is not None and (array.ndim or array.dtype.kind == "f") and not isinstance(value, int):
            of_parameter = {m.reference.index for m in found.matches} & self._parameters
            return Kind.GRADIENT if of_parameter else Kind.DELTA
        if array.ndim == 0:
            return Kind.COUNT if isinstance(value, int | np.integer) else Kind.SCALAR
        return self._unknown(array)

    def _forward(self, nodes: list[Node]) -> Kind:
        if any(node.index in self._parameters for node in nodes):
            return Kind.PARAMETER
        leaves = [node for node in nodes if base(node).kind in ("leaf", "source")]
        if leaves:
            return Kind.DATA if any(base(n).index in self._multiplied for n in leaves) else Kind.TARGET
        linear = any(word in node.op for node in nodes for word in ("matmul", "dot", "einsum"))
        added = any("add" in n.op and any(base(o).index in self._parameters for o in n.operands) for n in nodes)
        return Kind.PREACTIVATION if linear or added else Kind.ACTIVATION

    def _unknown(self, array: np.ndarray[Any, Any]) -> Kind:
        for match in self._own.find(signature(array), np.ones(1)):
            if abs(match.factor - 1) < self.colours.tolerance:
                colour = self.colours.of(match.reference).colour
                if colour is Colour.DERIVED:
                    return Kind.DERIVATIVE
                if colour in TRUE | {Colour.NONE}:
                    return Kind.GRADIENT if array.shape in self._shapes else Kind.DELTA
        return Kind.OTHER
