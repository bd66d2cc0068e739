"""A true derivative where that of another value is needed: in a product, a sum, or rows that are added up."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from runner.recording.locating.colours import TRUE, Colour
from runner.recording.locating.scaling import SUMS, Scaling
from runner.recording.locating.suspects import last
from runner.recording.locating.uses import PASSED_ON, base
from runner.recording.taping.node import Node, Place

_PRODUCTS = ("matmul", "dot", "outer", "einsum", "tensordot", "inner")
SCALING = ("mul", "truediv", "multiply", "divide", "true_divide", "neg", "negative")
_DEEP = 6
_ORDER, _SHARE = 1.1, 0.9
_SOURCES = 2  # values of the forward pass that a slope is made of


class Targets(Scaling):
    """Compares what comes back with what has to stand there."""

    def _blame_targets(self, place: int, node: Node) -> None:
        """A true derivative in this place, but of another value than the one that is needed."""
        if self.colours.of(node).colour is Colour.NONE and (last(node.op) in SCALING or self._is_contraction(node)):
            # One use's share where the whole derivative belongs: something has not been added to it.
            for operand in node.operands:
                if self.colours.of(operand).colour is Colour.PART and not self.true.forward(operand):
                    self._blame_makers(place, operand, 1.05, self.colours.of(operand).matches[0].reference)
                    self._blame_loop(place, node, _SHARE)  # what another turn makes, if these go the wrong way
        self._blame_summands(place, node)
        self._blame_rows(place, node)
        coming = [o for o in node.operands if self.colours.of(o).colour is Colour.ADJOINT]
        if not coming:
            return
        wanted = list(self._wanted(place, node))
        if not wanted:
            return
        strong = self._is_contraction(node) or any(self.colours.of(o).colour is Colour.DERIVED for o in node.operands)
        parameter = self.parameters[place]
        own_uses = set() if parameter is None else {use.index for use in self.uses.of(parameter)}
        for operand in coming:
            found = self.colours.of(operand).matches
            own = {m.reference.index for m in found}
            if own & {w.index for w in wanted} or (self._is_contraction(node) and own & own_uses):
                continue  # it belongs there, or is what the parameter's gradient is made of
            exists = self._exists(wanted, node)
            vote = 0.6 if exists or not strong else 1.05
            if not strong and self._is_wanted_twice(operand, node, wanted):
                vote = 1.05
            self._blame_makers(place, operand, vote, wanted[0])
            self._blame_order(place, node, operand, wanted[0])

    def _blame_order(self, place: int, node: Node, coming: Node, needed: Node) -> None:
        """The loop in another turn of which the derivative that is needed belongs."""
        found = [m.reference for m in self.colours.of(coming).matches]
        if any(one.place == needed.place and one.index != needed.index for one in found):
            self._blame_loop(place, node, _ORDER)

    def _blame_makers(self, place: int, node: Node, vote: float, needed: Node) -> None:
        """The statements that made a value or handed it on."""
        for step in range(_DEEP):
            # Of several statements that only pass it on, the last is where the missing factor would stand.
            statement = node.statement
            # What returns names alone would not have the factor.
            returned = 0.1 if statement is not None and statement.kind == "Return" else 0.0
            self._blame(place, node, vote - 0.02 * step - returned, "target", needed)
            if node.kind not in ("same", "view") or not node.operands:
                return
            node = node.operands[0]
            if self.true.forward(node):
                return

    def _blame_summands(self, place: int, node: Node) -> None:
        """A share of one derivative, to which the whole derivative of another value is added."""
        if last(node.op) not in SUMS or self.colours.of(node).colour is not Colour.NONE:
            return
        found = [(o, self.colours.of(o)) for o in node.operands if not self.true.forward(o)]
        shares = {m.reference.index for _, one in found if one.colour is Colour.PART for m in one.matches}
        parts = [one for _, one in found if one.colour is Colour.PART]
        known = [{match.reference.index for match in one.matches} for one in parts]
        apart = len(known) == 2 and not known[0] & known[1]
        for operand, one in found:
            own = {m.reference.index for m in one.matches}
            if apart and one.colour is Colour.PART and operand.kind in (*PASSED_ON, "call"):
                self._blame_makers(place, operand, 0.98, parts[one is parts[0]].matches[0].reference)
            if shares and one.colour is Colour.ADJOINT and not own & shares:
                needed = next(n for n in self.colours.tape.nodes if n.index in shares)
                self._blame_makers(place, operand, 1.05, needed)

    def _blame_rows(self, place: int, node: Node) -> None:
        """Rows added up into the gradient of a parameter that are not the derivative by the rows that were read."""
        parameter = self.parameters[place]
        if parameter is None or node.kind != "write" or (node.shape == parameter.shape and "at" not in last(node.op)):
            return
        read = {use.index for use in self.uses.of(parameter)} | {
            view.index for view in self.colours.tape.nodes if view.kind == "view" and base(view) is base(parameter)
        }
        rows = [n for n in self.colours.tape.nodes if n.index in read and "getitem" in n.op]
        for operand in node.operands if rows else ():
            one = self.colours.of(operand)
            if one.colour not in TRUE or self.true.forward(operand) or operand.shape not in {n.shape for n in rows}:
                continue
            own = {m.reference.index for m in one.matches}
            if one.colour is not Colour.ADJOINT or not own & {n.index for n in rows}:
                self._blame_makers(place, operand, 1.05, rows[0])

    def _is_wanted_twice(self, operand: Node, node: Node, wanted: list[Node]) -> bool:
        """Whether another statement, too, multiplies what comes back and needs the same derivative that it is not."""
        if not hasattr(self, "_missed"):
            self._missed: defaultdict[int, dict[int, set[Place]]] = defaultdict(dict)
        known = self._missed[base(operand).index]
        if node.statement is not None:
            for one in wanted:
                known.setdefault(one.index, set()).add(node.statement.place)
        return any(len(known.get(one.index, ())) > 1 for one in wanted)

    def _sources(self, derived: Node) -> list[Node]:
        """The values of the forward pass that a slope is made of; none where there are several."""
        found: dict[int, Node] = {}
        waiting, seen = [derived], {derived.index}
        while waiting:
            for operand in waiting.pop().operands:
                if operand.index in seen:
                    continue
                seen.add(operand.index)
                if self.true.forward(operand):
                    if np.size(operand.value) > 1:
                        found[base(operand).index] = base(operand)
                else:
                    waiting.append(operand)
        return list(found.values()) if len(found) < _SOURCES else []

    def _is_contraction(self, node: Node) -> bool:
        return any(word in last(node.op) for word in (*_PRODUCTS, "sum"))

    def _wanted(self, place: int, node: Node) -> list[Node]:
        """The values whose derivative belongs beside the forward operands of a product, or into a sum."""
        forward: list[Node] = []
        slopes: list[Node] = []
        for operand in node.operands:
            found = self.colours.of(operand)
            if self.true.forward(base(operand)):
                forward.append(base(operand))
            elif found.colour is Colour.FORWARD:
                forward += [m.reference for m in found.matches]
            elif found.colour is Colour.DERIVED and not self._is_contraction(node):
                slopes += self._sources(operand)
        parameter = self.parameters[place]
        if not forward and "sum" in node.op and parameter is not None:
            forward = [parameter]
        users = [use for value in forward for use in self.uses.of(value)]
        if slopes:  # of A: its derivative; of Z: that by what was made of it
            made = (use for value in slopes for use in self.uses.of(value) if len(use.operands) == 1)
            users += [*slopes, *made]
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
