"""Which statement gave a derivative its wrong factor."""

from __future__ import annotations

from collections import Counter

import numpy as np

from runner.recording.locating.colours import TRUE, Colour
from runner.recording.locating.suspects import Ballot, last
from runner.recording.locating.uses import base
from runner.recording.taping.node import Node

SUMS = ("add", "iadd", "sub", "isub", "subtract")


class Scaling(Ballot):
    """Follows factors: of a whole gradient, and of two derivatives that are added."""

    def _follow_factor(self, place: int, start: Node, factor: float) -> None:
        """The earliest value that carries the factor and that no right gradient is made of."""
        if self._is_own(place, start):
            self._blame(place, start, 0.5, "downstream")
            self._blame_update(place, start, 1.1)  # the gradient is right, and what is taken from the parameter is not
            return
        waiting, seen = [start], {start.index}
        while waiting:
            node = waiting.pop()
            carried = [o for o in self._carried(node) if not self._is_true(o, start, factor)]
            exact = [o for o in carried if self._is_exact(o) and not self._is_exact(node)]
            if exact:
                self._blame(place, node, 1.0, "factor")
                for operand in exact:
                    self._blame(place, base(operand), 1.0, "factor")
                carried = [o for o in carried if o not in exact]
                if not carried:
                    continue
            further = [o for o in carried if o.index not in self._shared]
            for operand in further:
                if operand.index not in seen:
                    seen.add(operand.index)
                    waiting.append(operand)
            self._blame(place, node, 0.5 if further else 1.0, "downstream" if further else "factor")
            for operand in node.operands:
                if node.kind == "view" and operand.kind == "write" and not further:
                    self._blame(place, operand, 1.02, "factor")
        self._blame_update(place, start, 1.02 if factor < 0 else 0.5)

    def _is_exact(self, node: Node) -> bool:
        """Whether a node is the derivative of some value just as it is."""
        found = self.colours.of(node)
        return found.colour in TRUE and any(
            abs(m.factor - 1) < self.colours.tolerance and np.size(m.reference.value) > 1 for m in found.matches
        )

    def _is_own(self, place: int, node: Node) -> bool:
        """Whether a node is the derivative by the parameter just as it is."""
        parameter, found = self.parameters[place], self.colours.of(node)
        return parameter is not None and any(
            base(m.reference).index == base(parameter).index and abs(m.factor - 1) < self.colours.tolerance
            for m in found.matches
            if found.colour is Colour.ADJOINT
        )

    def _is_true(self, node: Node, start: Node, factor: float) -> bool:
        """Whether a node is the same derivative as the one that has a factor too many, without the factor."""
        factors = {m.reference.index: m.factor for m in self.colours.of(start).matches}
        return any(
            abs(match.factor * factor / factors[match.reference.index] - 1) < self.colours.tolerance
            for match in self.colours.of(node).matches
            if match.reference.index in factors
        )

    def _carried(self, node: Node) -> list[Node]:
        """The derivatives that a value is made of, looked for behind values in between of the same statement."""
        found: list[Node] = []
        waiting = list(node.operands)
        while waiting:
            operand = waiting.pop()
            if self._carries(operand):
                found.append(operand)
            elif operand.execution is not None and operand.execution is node.execution:
                waiting += operand.operands
        return found

    def _carries(self, node: Node) -> bool:
        return self.colours.of(node).colour in TRUE and not self.true.forward(node) and bool(node.operands)

    def _blame_factors(self, place: int, node: Node) -> None:
        """True derivatives that are added with factors that differ: one of them got its factor by mistake."""
        if last(node.op) not in SUMS or self.colours.of(node).colour is not Colour.NONE:
            return
        factors = [self._factor(o) for o in node.operands]
        known = [f for f in factors if f is not None]
        if len(known) != 2 or abs(known[0] / known[1] - 1) < self.colours.tolerance:
            return
        for operand, factor in zip(node.operands, factors, strict=True):
            if factor is not None:
                self._blame_change(place, operand, factor)

    def _blame_change(self, place: int, node: Node, factor: float) -> None:
        """The statement from which on a derivative has the factor, where it has not had it from the beginning."""
        waiting, seen = [node], {node.index}
        while waiting:
            node = waiting.pop()
            carried = self._carried(node)
            factors = [self._factor(o, factor) for o in carried]
            if any(f is not None and abs(f / factor - 1) > self.colours.tolerance for f in factors):
                self._blame(place, node, 1.05, "factor")
            if not carried and abs(factor - 1) > self.colours.tolerance:
                self._blame(place, node, 1.0, "factor")  # it has had it from the beginning
            if node.kind == "same" and self._factor(node) != self._factor(node, factor):
                self._blame(place, node, 1.06, "factor")  # for another value, too, it is the derivative but for that
            for operand, own in zip(carried, factors, strict=True):
                if own is not None and abs(own / factor - 1) < self.colours.tolerance and operand.index not in seen:
                    seen.add(operand.index)
                    waiting.append(operand)

    def _factor(self, node: Node, likely: float | None = None) -> float | None:
        """The factor that a derivative has: `likely`, or that of most values whose derivative it is: -x has another."""
        found = self.colours.of(node)
        if self.true.forward(node) or found.colour not in (Colour.ADJOINT, Colour.PART):
            return None
        if likely is not None and any(abs(m.factor / likely - 1) < self.colours.tolerance for m in found.matches):
            return likely
        counted = Counter(round(m.factor, 9) for m in found.matches)
        return max(counted, key=lambda f: (counted[f], f > 0, -abs(np.log(abs(f))))) or None

    def _blame_update(self, place: int, start: Node, otherwise: float = 0.45) -> None:
        """The statement that changes the parameter: by another one's gradient, or in another way that is not meant."""
        parameter = self.parameters[place]
        if parameter is None:
            return
        own = {base(m.reference).index for m in self.colours.of(start).matches}
        another = bool(own & set(self._leaves)) and base(parameter).index not in own
        for node in self.colours.tape.nodes[start.index + 1 :]:
            sums = any(word in last(node.op) for word in ("sub", "add")) and not self.true.forward(node)
            if sums and any(base(o).index == base(parameter).index for o in node.operands):
                vote = 1.15 if another else otherwise
                self._blame(place, node, vote, "update", parameter)
                for operand in node.operands:  # what an optimizer makes of the gradient: a velocity
                    if operand.index > start.index and operand.origin.kind == "call":
                        self._blame(place, operand.origin, vote - 0.01, "update", parameter)
