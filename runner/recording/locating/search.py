"""The walk back from wrong gradients to the statements that may have made them wrong."""

from __future__ import annotations

import numpy as np

from runner.recording.locating.agreement import Agreement
from runner.recording.locating.colours import TRUE, Colour
from runner.recording.locating.leftovers import Leftovers
from runner.recording.locating.suspects import Reason, last
from runner.recording.locating.targets import SCALING
from runner.recording.locating.uses import PASSED_ON, base, root
from runner.recording.taping.node import Node


class Search(Leftovers):
    """The suspects of one recorded step, found by following each gradient that is wrong."""

    def follow(self, place: int, start: Node, state: Agreement) -> None:
        """Walk back from the wrong gradient number `place`, the value `start`."""
        if state.state == "factor" and self.colours.of(start).colour in TRUE:
            self._follow_factor(place, start, state.factor)
        else:
            self._follow_wrong(place, start, "zero" if state.state == "zero" else "none")

    def _follow_wrong(self, place: int, start: Node, reason: Reason) -> None:
        waiting, seen, scaled = [start], {start.index}, {start.index}
        while waiting:
            node = waiting.pop()
            wrong = [o for o in node.operands if self.colours.of(o).colour is Colour.NONE]
            for operand in wrong:
                if operand.index not in seen:
                    seen.add(operand.index)
                    waiting.append(operand)
            if node.index in scaled:
                # Only scaled or handed on: it has to be the parameter's derivative already.
                for operand in self._passed_on(place, node):
                    if operand.index not in seen:
                        seen.add(operand.index)
                        waiting.append(operand)
                    scaled.add(operand.index)
            updated = self._updated(node)
            if wrong and updated is None:
                self._blame(place, node, 0.5, "downstream")
            else:
                self._blame(place, node, 1.0, "early" if updated is not None else reason, updated)
            for operand in node.operands if not wrong else ():
                if self.colours.of(operand).colour in TRUE:  # a derivative, but perhaps not the one that belongs here
                    self._blame(place, operand, 0.55, "none")
            self._blame_targets(place, node)
            self._blame_derived(place, node)
            self._blame_writes(place, node, first=not wrong)
            self._blame_factors(place, node)
            self._blame_left_out(place, node)
        self._blame_short(place, start)
        self._blame_names(place, start)
        self._blame_update(place, start)

    def _passed_on(self, place: int, node: Node) -> list[Node]:
        """The operand that a node only scales or hands on, where it is a derivative but not the parameter's."""
        wide = [o for o in node.operands if np.size(o.value) > 1 or o.kind in PASSED_ON]
        if node.kind not in PASSED_ON and (np.size(node.value) == 1 or last(node.op) not in SCALING):
            return []
        if len(wide) != 1 or self.true.forward(wide[0]):
            return []
        parameter = self.parameters[place]
        found = self.colours.of(wide[0])
        if found.colour not in TRUE or parameter is None:
            return []
        leaf = base(parameter).index
        return [] if any(base(m.reference).index == leaf for m in found.matches) else wide

    def _updated(self, node: Node) -> Node | None:
        """The parameter that a node is the updated form of; None where it is no such thing."""
        if node.kind not in ("write", "call", "view") or node.statement is None:
            return None
        for operand in node.operands:
            parameter = self._leaves.get(root(operand).index)
            if parameter is not None and node.shape == operand.shape and self._is_step(node):
                return parameter
        return None

    def _is_step(self, node: Node) -> bool:
        """Whether a node is made of a parameter plus or minus something that came back."""
        if not any(word in last(node.op) for word in ("sub", "add")):
            return False
        if node.kind == "write":
            return any(self.colours.of(o).colour in TRUE | {Colour.NONE} for o in node.operands)
        matches = [m.reference for o in node.operands for m in self.colours.of(o).matches]
        return any(root(reference).index in self._leaves for reference in matches)
