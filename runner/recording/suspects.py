"""The walk back from wrong gradients to the statements that may have made them wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from runner.recording.agreement import Agreement
from runner.recording.colours import TRUE, Colour, Colours
from runner.recording.tape import Node, Statement
from runner.recording.uses import PASSED_ON, Uses, ancestors, base

Reason = Literal["none", "target", "factor", "shape", "derived", "early", "downstream", "zero", "update"]

_PRODUCTS = ("matmul", "dot", "outer", "einsum", "tensordot", "inner")
_SCALING = ("mul", "truediv", "multiply", "divide", "true_divide", "neg", "negative")
_SUMS = ("add", "iadd", "sub", "isub", "subtract")
_DEEP = 6


@dataclass
class Suspect:
    """A statement that may be wrong.

    `votes` say for each wrong gradient (its position) how strongly it points here; `node` is the value that was found
    wrong, `reason` why, `needed` the value whose derivative should have stood there, as far as that is known. `callers`
    are the statements that called the function in which it stands, `users` those that multiplied by what it made.
    """

    statement: Statement
    node: Node
    reason: Reason
    needed: Node | None = None
    votes: dict[int, float] = field(default_factory=dict)
    callers: list[Statement] = field(default_factory=list)
    users: set[Statement] = field(default_factory=set)

    @property
    def score(self) -> float:
        """All votes together, more where several wrong products were made with it."""
        return sum(self.votes.values()) * (1.25 if len(self.users) > 1 else 1.0)


class Search:
    """The suspects of one recorded step."""

    def __init__(
        self, colours: Colours, uses: Uses, parameters: tuple[Node | None, ...], right: tuple[Node, ...]
    ) -> None:
        self.colours, self.uses, self.true = colours, uses, colours.true
        self.parameters = parameters
        self.suspects: dict[Statement, Suspect] = {}
        forward = frozenset(n.index for n in colours.tape.nodes if self.true.forward(n))
        self._shared = ancestors(right, stop=forward) - forward
        self._leaves = {base(p).index: p for p in parameters if p is not None}

    def follow(self, place: int, start: Node, state: Agreement) -> None:
        """Walk back from the wrong gradient number `place`, the value `start`."""
        if state.state == "factor" and self.colours.of(start).colour in TRUE:
            self._follow_factor(place, start, state.factor)
        else:
            self._follow_wrong(place, start, "zero" if state.state == "zero" else "none")

    def _blame(self, place: int, node: Node, vote: float, reason: Reason, needed: Node | None = None) -> None:
        statement = node.statement
        if statement is None or self.true.forward(node):
            return
        if node.index in self._shared:
            vote *= 0.3
        self._vote(place, statement, node, vote, reason, needed)
        caller = node.invocation
        # What their function was called with may be wrong as well as what stands in it.
        for depth in range(3):
            if caller is None or caller.call is None or caller.caller is None:
                break
            outer = self._statement_of(caller.call)
            if outer is not None and depth == 0 and outer not in self.suspects[statement].callers:
                self.suspects[statement].callers.append(outer)
            if outer is not None:
                self._vote(place, outer, node, vote * (0.8 - 0.1 * depth), reason, needed)
            caller = caller.caller

    def _vote(
        self, place: int, statement: Statement, node: Node, vote: float, reason: Reason, needed: Node | None
    ) -> None:
        known = self.suspects.get(statement)
        if known is None:
            known = self.suspects[statement] = Suspect(statement, node, reason, needed)
        elif vote > max(known.votes.values(), default=0.0):
            known.node, known.reason, known.needed = node, reason, needed
        known.votes[place] = max(vote, known.votes.get(place, 0.0))

    def _statement_of(self, call: object) -> Statement | None:
        if not hasattr(self, "_by_place"):
            self._by_place = {e.statement.place: e.statement for e in self.colours.tape.executions}
        inner = [s for p, s in self._by_place.items() if p.contains(call)]  # type: ignore[arg-type]
        return min(inner, key=lambda s: len(s.place.text), default=None)

    def _follow_factor(self, place: int, start: Node, factor: float) -> None:
        """The earliest value that carries the factor and that no right gradient is made of."""
        waiting, seen = [start], {start.index}
        while waiting:
            node = waiting.pop()
            carried = [o for o in self._carried(node) if not self._is_true(o, start, factor)]
            further = [o for o in carried if o.index not in self._shared]
            for operand in further:
                if operand.index not in seen:
                    seen.add(operand.index)
                    waiting.append(operand)
            self._blame(place, node, 0.5 if further else 1.0, "downstream" if further else "factor")
            for operand in node.operands:
                if node.kind == "view" and operand.kind == "write" and not further:
                    self._blame(place, operand, 1.02, "factor")
        self._blame_update(place, start, 1.02 if factor < 0 else 0.7)

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
            self._blame_targets(place, node)
            self._blame_derived(place, node)
            self._blame_writes(place, node, first=not wrong)
            self._blame_factors(place, node)
        self._blame_names(place, start)
        self._blame_update(place, start)

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

    def _blame_factors(self, place: int, node: Node) -> None:
        """True derivatives that are added with factors that differ: one of them got its factor by mistake."""
        if _last(node.op) not in _SUMS or self.colours.of(node).colour is not Colour.NONE:
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
            factors = [self._factor(o) for o in carried]
            if any(f is not None and abs(f / factor - 1) > self.colours.tolerance for f in factors):
                self._blame(place, node, 1.05, "factor")
            for operand, own in zip(carried, factors, strict=True):
                if own is not None and abs(own / factor - 1) < self.colours.tolerance and operand.index not in seen:
                    seen.add(operand.index)
                    waiting.append(operand)

    def _factor(self, node: Node) -> float | None:
        """The factor that a derivative has: that of most values whose derivative it is, since -x has the opposite."""
        found = self.colours.of(node)
        if self.true.forward(node) or found.colour not in (Colour.ADJOINT, Colour.PART):
            return None
        counted = Counter(round(m.factor, 9) for m in found.matches)
        return max(counted, key=lambda f: (counted[f], f > 0, -abs(np.log(abs(f))))) or None

    def _blame_names(self, place: int, start: Node) -> None:
        """A gradient that was made before it was given its last name: there something may not have been added."""
        if self.colours.of(start).colour not in TRUE:
            return
        for node in self.colours.tape.nodes[start.index + 1 :]:
            assigned = node.statement is not None and node.statement.kind == "Assign"
            if node.kind == "same" and assigned and node.origin is start.origin:
                self._blame(place, node, 1.05, "none")

    def _blame_update(self, place: int, start: Node, otherwise: float = 0.45) -> None:
        """The statement that changes the parameter: by another one's gradient, or in another way that is not meant."""
        parameter = self.parameters[place]
        if parameter is None:
            return
        own = {base(m.reference).index for m in self.colours.of(start).matches}
        another = bool(own & set(self._leaves)) and base(parameter).index not in own
        for node in self.colours.tape.nodes[start.index + 1 :]:
            sums = any(word in _last(node.op) for word in ("sub", "add")) and not self.true.forward(node)
            if sums and any(base(o).index == base(parameter).index for o in node.operands):
                self._blame(place, node, 1.15 if another else otherwise, "update", parameter)

    def _passed_on(self, place: int, node: Node) -> list[Node]:
        """The operand that a node only scales or hands on, where it is a derivative but not the parameter's."""
        wide = [o for o in node.operands if np.size(o.value) > 1 or o.kind in PASSED_ON]
        if node.kind not in PASSED_ON and (np.size(node.value) == 1 or _last(node.op) not in _SCALING):
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
            parameter = self._leaves.get(base(operand).index)
            if parameter is not None and node.shape == parameter.shape and self._is_step(node):
                return parameter
        return None

    def _is_step(self, node: Node) -> bool:
        """Whether a node is made of a parameter plus or minus something that came back."""
        if not any(word in _last(node.op) for word in ("sub", "add")):
            return False
        if node.kind == "write":
            return any(self.colours.of(o).colour in TRUE | {Colour.NONE} for o in node.operands)
        matches = [m.reference for o in node.operands for m in self.colours.of(o).matches]
        return any(base(reference).index in self._leaves for reference in matches)

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
        if self.colours.of(node).colour is Colour.NONE and (_last(node.op) in _SCALING or self._is_contraction(node)):
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
        return any(word in _last(node.op) for word in (*_PRODUCTS, "sum"))

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

    def ranked(self) -> list[Suspect]:
        """All suspects, the likeliest first; of equals the one that ran first."""
        return sorted(self.suspects.values(), key=lambda s: (-round(s.score, 6), s.node.index))


def _last(op: str) -> str:
    return op.rsplit(".", 1)[-1]
