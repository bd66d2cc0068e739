"""What each recorded value is: a true derivative, a part of one, a value of the forward pass, or none of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from runner.recording.differentiating.adjoints import Adjoints
from runner.recording.locating.projections import Array, Match, Register, Signature, real, signature, signatures
from runner.recording.scenarios.naming import is_rate
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

_FEW = 4  # axes of an array whose every order is known
_ROWS = 4096
_ONE = np.ones(1)
_MANY = 64  # uses of one value whose running sums are known


class Colour(StrEnum):
    """What a value was found to be."""

    LEAF = "leaf"  # a parameter, the data, a constant
    FORWARD = "forward"  # made on the way to the loss, or the same value made again
    ADJOINT = "adjoint"  # a true derivative, or a multiple of one
    PART = "part"  # what one use adds to a derivative, or the sum of a few uses
    ROW = "row"  # the derivative for one sample
    ZERO = "zero"
    DERIVED = "derived"  # made from forward values alone, and none of these
    NONE = "none"


RIGHT = frozenset({Colour.LEAF, Colour.FORWARD, Colour.ADJOINT, Colour.PART, Colour.ROW})
TRUE = frozenset({Colour.ADJOINT, Colour.PART, Colour.ROW})


@dataclass(frozen=True)
class Coloured:
    """The colour of a value, with the nodes whose derivative it is and by which factor."""

    colour: Colour
    matches: tuple[Match[Node], ...] = ()


class Colours:
    """Colours of the nodes of one tape, found when asked for.

    A multiple of a derivative by a factor that averaging or a sign makes is taken for it before an equal value of the
    forward pass, and that before any other multiple. A single number is a multiple of every other; for it only such
    factors count.
    """

    def __init__(self, tape: Tape, true: Adjoints, tolerance: float = 1e-6) -> None:
        self.tape = tape
        self.true = true
        self.tolerance = tolerance
        self._found: dict[int, Coloured] = {}
        self._adjoints: Register[Node] = Register(tolerance)
        self._parts: Register[Node] = Register(tolerance)
        self._forward: Register[Node] = Register(tolerance)
        self._known = [n for n in tape.nodes if true.forward(n) and n.kind != "same"]
        for node in self._known:
            self._register(node)
        # An array of which the forward pass has read single elements alone: `hid`, where it reads `hid[j]`.
        for node in tape.nodes:
            if node.kind == "view" and not true.forward(node) and all(true.forward(o) for o in node.operands):
                self._add_forward(node)
        self._usual = self._usual_factors()

    def _add_forward(self, node: Node) -> None:
        value = real(node.value)
        for turned in _orders(value) if value is not None else ():
            self._forward.add(signature(turned), node)

    def _register(self, node: Node) -> None:
        self._add_forward(node)
        adjoint = real(self.true.of(node))
        if adjoint is None:
            return
        for turned in _orders(adjoint):
            self._adjoints.add(signature(turned), node)
        for total in self._sums_of_uses(node):
            for turned in _orders(total):
                self._parts.add(signature(turned), node)
        uses = self.true.contributions(node)
        for use in uses if 1 < len(uses) <= _MANY else ():
            array = real(use.value)
            for turned in _orders(array) if array is not None else ():
                self._parts.add(signature(turned), node)

    def derivatives(self, shape: tuple[int, ...]) -> list[tuple[Node, Array]]:
        """The true derivatives that have a shape, and the values that they are the derivatives by."""
        pairs = [(node, real(self.true.of(node))) for node in self._known]
        found = [(node, array) for node, array in pairs if array is not None and array.shape == shape]
        return found + [(node, total) for node, _ in found for total in self._sums_of_uses(node)]

    def _sums_of_uses(self, node: Node) -> Iterator[Array]:
        """What the first few uses of a value add to its derivative together, and the last few."""
        uses = self.true.contributions(node)
        if not 1 < len(uses) <= _MANY:
            return
        arrays = [array for use in uses if (array := real(use.value)) is not None]
        for direction in (arrays, arrays[::-1]):
            total = np.zeros_like(arrays[0]) if arrays else None
            for array in direction[:-1]:
                assert total is not None
                total = total + array
                yield total

    @cached_property
    def factors(self) -> tuple[float, ...]:
        """By what the derivatives that were computed differ from the true ones, the most usual first; not by 1."""
        back = [n for n in self.tape.nodes if n.kind == "call" and not self.true.forward(n)]
        wide = [n for n in back if np.size(n.value) > 1]
        found = [one for node in wide or back if (one := self.of(node)).colour is Colour.ADJOINT]
        counted = Counter(round(one.matches[0].factor, 9) for one in found)
        return tuple(factor for factor, _ in counted.most_common(3) if factor != 1.0)

    def _usual_factors(self) -> Array:
        """Factors that averaging over samples, outputs or elements, a half, a double or a sign make."""
        sizes = {
            size for n in self._known if n.kind == "leaf" for size in (*n.shape, int(np.size(n.value))) if size > 1
        }
        usual = {1.0, 2.0, 0.5, 4.0, 0.25}
        usual |= {f * r for r in self._rates() for f in (1.0, 2.0, 0.5)}
        usual |= {f * s for s in sizes for f in (1.0, 2.0, 0.5)} | {f / s for s in sizes for f in (1.0, 2.0, 0.5)}
        return np.array(sorted(usual))

    def _rates(self) -> set[float]:
        """The learning rates by which something is multiplied on the way back."""
        found: set[float] = set()
        for node in self.tape.nodes:
            for operand, part in zip(node.operands, node.parts, strict=False):
                if part is not None and np.size(operand.value) == 1 and is_rate(part.text):
                    rate = real(operand.value)
                    found |= {abs(float(rate.reshape(-1)[0]))} if rate is not None and rate.any() else set()
        return found

    @cached_property
    def _rows(self) -> tuple[Register[Node], Register[Node]]:
        """Rows and columns of the derivatives, and of the forward values."""
        adjoints: Register[Node] = Register(self.tolerance)
        forward: Register[Node] = Register(self.tolerance)
        self._lone: Register[Node] = Register(self.tolerance)
        for node in self._known:
            for register, value in ((adjoints, real(self.true.of(node))), (forward, real(node.value))):
                if value is None or value.ndim != 2 or 1 in value.shape or max(value.shape) > _ROWS:
                    continue
                for matrix in (value, value.T):
                    lone = np.count_nonzero(matrix, axis=1) < 2  # a multiple of every other such row
                    for row, alone in zip(signatures(np.ascontiguousarray(matrix)), lone, strict=True):
                        (self._lone if alone and register is adjoints else register).add(row, node)
        return adjoints, forward

    def of(self, node: Node) -> Coloured:
        """The colour of a node."""
        waiting = [node]
        while waiting:
            last = waiting[-1]
            missing = [o for o in last.operands if o.index not in self._found and last.index not in self._found]
            if missing and not self.true.forward(last):
                waiting += missing
            else:
                waiting.pop()
                if last.index not in self._found:
                    self._found[last.index] = self._look(last)
        return self._found[node.index]

    def _look(self, node: Node) -> Coloured:
        if self.true.forward(node):
            return Coloured(Colour.LEAF if node.kind == "leaf" else Colour.FORWARD)
        value = real(node.value)
        if node.kind in ("leaf", "source"):
            return Coloured(Colour.LEAF if value is None or value.any() else Colour.ZERO)
        if node.kind == "same" and node.operands:
            return self._found[node.operands[0].index]
        if value is None:
            return Coloured(self._made_of(node))
        known = signature(value)
        if known.norm == 0:
            return Coloured(Colour.ZERO)
        if leaves := self.leaves(known):
            return Coloured(Colour.FORWARD, tuple(Match(leaf, 1.0) for leaf in leaves))
        return self.known(known) or self._part_of(node) or Coloured(self._made_of(node))

    def _part_of(self, node: Node) -> Coloured | None:
        """A piece of a derivative that is looked at, `d[i]`; by its numbers alone it may be too short to be known."""
        whole = self._found[node.operands[0].index] if node.kind == "view" and len(node.operands) == 1 else None
        return None if whole is None or whole.colour not in TRUE else Coloured(Colour.ROW, whole.matches)

    def known(self, given: Signature) -> Coloured | None:
        """What an array is found to be by its numbers alone; None where it is nothing known."""
        adjoints, parts = tuple(self._adjoints.find(given, self._usual)), tuple(self._parts.find(given, self._usual))
        if usual := tuple(m for m in adjoints if self._is_usual(m.factor)):
            return Coloured(Colour.ADJOINT, usual)
        if usual := tuple(m for m in parts if self._is_usual(m.factor)):
            return Coloured(Colour.PART, usual)
        same = tuple(self._forward.find(given, _ONE))
        if same := tuple(m for m in same if abs(m.factor - 1) < self.tolerance):
            return Coloured(Colour.FORWARD, same)
        if given.size == 1:
            return None
        if adjoints or parts:
            return Coloured(Colour.ADJOINT if adjoints else Colour.PART, adjoints or parts)
        row_adjoints, rows = self._rows
        lone = (m for m in self._lone.find(given, _ONE) if self._is_usual(m.factor))
        if matches := (*row_adjoints.find(given, _ONE), *lone):
            return Coloured(Colour.ROW, matches)
        same = tuple(m for m in rows.find(given, _ONE) if abs(m.factor - 1) < self.tolerance)
        return Coloured(Colour.FORWARD, same) if same else None

    def leaves(self, given: Signature) -> list[Node]:
        """The parameters and data that an array of more than one element is."""
        if given.size == 1:
            return []
        found = (m.reference for m in self._forward.find(given, _ONE) if abs(m.factor - 1) < self.tolerance)
        return [node for node in found if node.kind == "leaf"]

    def _is_usual(self, factor: float) -> bool:
        place = int(np.searchsorted(self._usual, abs(factor)))
        near = self._usual[max(place - 1, 0) : place + 1]
        return bool((np.abs(near / abs(factor) - 1) < self.tolerance).any())

    def _made_of(self, node: Node) -> Colour:
        """Derived where it is made from forward values alone; a value of its own where it has no operands."""
        if not node.operands:
            return Colour.LEAF
        colours = {self._found[operand.index].colour for operand in node.operands}
        return Colour.DERIVED if colours <= {Colour.LEAF, Colour.FORWARD, Colour.DERIVED, Colour.ZERO} else Colour.NONE


def _orders(array: Array) -> list[Array]:
    """The array with its axes in each order that makes a difference to its elements' order in memory."""
    axes = [axis for axis, size in enumerate(array.shape) if size > 1]
    if len(axes) < 2:
        return [array]
    if len(axes) == 2:
        return [array, array.T]
    orders = [array, array.T]
    if len(axes) <= _FEW:
        for axis in range(array.ndim):
            orders += [np.moveaxis(array, axis, 0), np.moveaxis(array, axis, -1)]
    return orders
