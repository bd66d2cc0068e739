"""What else speaks against a statement: what it was multiplied with, what it overwrites, which names it gives."""

from __future__ import annotations

import numpy as np

from runner.recording.locating.colours import TRUE, Colour
from runner.recording.locating.scaling import Scaling
from runner.recording.locating.suspects import last
from runner.recording.taping.node import Node

_PRODUCTS = ("matmul", "dot", "outer", "einsum", "tensordot", "inner")
SCALING = ("mul", "truediv", "multiply", "divide", "true_divide", "neg", "negative")
_DEEP = 6


class Clues(Scaling):
    """Votes for statements beside the one at which the walk back ends."""

    def _blame_writes(self, place: int, node: Node, *, first: bool) -> None:
        """An array written to in parts: each write may be wrong, above all one that undoes others of its statement."""
        if node.kind != "view":
            return
        for operand in node.operands:
            if operand.kind != "write":
                continue
            vote = 0.95 if self.colours.of(operand).colour not in TRUE else 0.8
            if first and operand.op == "setitem" and self._overwrites(operand, node):
                vote = 1.05
            self._blame(place, operand, vote, "none")

    def _overwrites(self, write: Node, node: Node) -> bool:
        """Whether the statement of a write has written more elements in this call than the array has."""
        own = [
            n
            for n in self.colours.tape.nodes[: node.index]
            if n.kind == "write" and n.statement is write.statement and n.invocation is write.invocation
        ]
        return sum(int(np.size(n.value)) for n in own) > 1.2 * max(int(np.size(node.value)), 1)

    def _blame_names(self, place: int, start: Node) -> None:
        """A gradient that was made before it was given its last name: there something may not have been added."""
        if self.colours.of(start).colour not in TRUE:
            return
        for node in self.colours.tape.nodes[start.index + 1 :]:
            assigned = node.statement is not None and node.statement.kind == "Assign"
            if node.kind == "same" and assigned and node.origin is start.origin:
                self._blame(place, node, 1.05, "none")

    def _blame_derived(self, place: int, node: Node) -> None:
        """What was made from forward values for this product may be wrong, too, and so may what made it."""
        comes_back = any(self.colours.of(o).colour in TRUE | {Colour.NONE} for o in node.operands)
        waiting = [(o, 0) for o in node.operands if self.colours.of(o).colour is Colour.DERIVED]
        while waiting:
            operand, depth = waiting.pop()
            vote = (0.85 if comes_back else 0.95) - 0.08 * depth
            self._blame(place, operand, vote, "derived")
            if operand.statement is not None and node.statement is not None and operand.statement in self.suspects:
                self.suspects[operand.statement].users.add(node.statement)
            if depth < _DEEP:
                waiting += [(o, depth + 1) for o in operand.operands if self.colours.of(o).colour is Colour.DERIVED]

    def _blame_targets(self, place: int, node: Node) -> None:
        """A true derivative in this place, but of another value than the one that is needed."""
        if self.colours.of(node).colour is Colour.NONE and (last(node.op) in SCALING or self._is_contraction(node)):
            # One use's share where the whole derivative belongs: something has not been added to it.
            for operand in node.operands:
                if self.colours.of(operand).colour is Colour.PART and not self.true.forward(operand):
                    self._blame_makers(place, operand, 1.05, self.colours.of(operand).matches[0].reference)
        coming = [o for o in node.operands if self.colours.of(o).colour is Colour.ADJOINT]
        if not coming:
            return
        wanted = list(self._wanted(place, node))
        if not wanted:
            return
        strong = self._is_contraction(node)
        for operand in coming:
            found = self.colours.of(operand).matches
            own = {m.reference.index for m in found}
            if own & {w.index for w in wanted}:
                continue
            exists = self._exists(wanted, node)
            vote = 0.6 if exists or not strong else 1.05
            self._blame_makers(place, operand, vote, wanted[0])

    def _blame_makers(self, place: int, node: Node, vote: float, needed: Node) -> None:
        """The statements that made a value or handed it on."""
        for step in range(_DEEP):
            # Of several statements that only pass it on, the last is where the missing factor would stand.
            self._blame(place, node, vote - 0.02 * step, "target", needed)
            if node.kind not in ("same", "view") or not node.operands:
                return
            node = node.operands[0]
            if self.true.forward(node):
                return

    def _is_contraction(self, node: Node) -> bool:
        return any(word in last(node.op) for word in (*_PRODUCTS, "sum"))

    def _wanted(self, place: int, node: Node) -> list[Node]:
        """The values whose derivative belongs beside the forward operands of a product, or into a sum."""
        forward: list[Node] = []
        for operand in node.operands:
            found = self.colours.of(operand)
            if self.true.forward(operand):
                forward.append(operand)
            elif found.colour is Colour.FORWARD:
                forward += [m.reference for m in found.matches]
        parameter = self.parameters[place]
        if not forward and "sum" in node.op and parameter is not None:
            forward = [parameter]
        users = [use for value in forward for use in self.uses.of(value)]
        return [use for use in users if self.true.of(use) is not None]

    def _exists(self, wanted: list[Node], before: Node) -> bool:
        """Whether the derivative that is needed had been computed before."""
        if not hasattr(self, "_made"):
            self._made = [
                (n.index, m.reference.index)
                for n in self.colours.tape.nodes
                if not self.true.forward(n)
                and n.kind not in ("leaf", "source")
                and self.colours.of(n).colour is Colour.ADJOINT
                for m in self.colours.of(n).matches
            ]
        indices = {w.index for w in wanted}
        return any(made < before.index and of in indices for made, of in self._made)
