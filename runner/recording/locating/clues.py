"""What else speaks against a statement: what was multiplied by its result, what it overwrites, which names it gives."""

from __future__ import annotations

import numpy as np

from runner.recording.locating.colours import TRUE, Colour
from runner.recording.locating.targets import Targets
from runner.recording.locating.uses import base
from runner.recording.taping.node import Node

_DEEP = 6
_SLOPE = 1.05  # of a function for a slope, where all that it is multiplied by is right
_MADE = 20  # operations that a function of the forward pass may consist of


class Clues(Targets):
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
            if depth == 0 and self._is_wrong_slope(node, operand):
                vote = _SLOPE
            self._blame(place, operand, vote, "derived")
            if operand.statement is not None and node.statement is not None and operand.statement in self.suspects:
                self.suspects[operand.statement].users.add(node.statement)
            self._blame_copies(place, operand, vote)
            if depth < _DEEP:
                waiting += [(o, depth + 1) for o in operand.operands if self.colours.of(o).colour is Colour.DERIVED]

    def _is_wrong_slope(self, node: Node, slope: Node) -> bool:
        """Whether what comes back into a product belongs there, so that it is the slope which is wrong.

        It is the derivative by what was made, number by number, of the value that the slope is made of.
        """
        others = [o for o in node.operands if o is not slope]
        sources = self._sources(slope)
        if len(others) != 1 or len(sources) != 1 or self.colours.of(others[0]).colour is not Colour.ADJOINT:
            return False
        if slope.invocation is node.invocation or others[0].shape != slope.shape:
            return False
        coming = {base(match.reference).index for match in self.colours.of(others[0]).matches}
        waiting, seen = [sources[0]], {sources[0].index}
        while waiting:
            for use in self.uses.of(waiting.pop()):
                if use.index in seen or use.shape != slope.shape or len(seen) > _MADE:
                    continue
                if use.index in coming:
                    return True
                seen.add(use.index)
                waiting.append(use)
        return False

    def _blame_copies(self, place: int, node: Node, vote: float) -> None:
        """A copy of a forward value that a slope is made of, as `d = scores.copy()`: of another than was meant."""
        for operand in node.operands:
            if operand.kind == "call" and self.colours.of(operand).colour is Colour.FORWARD:
                self._blame(place, operand, vote - 0.04, "derived")
