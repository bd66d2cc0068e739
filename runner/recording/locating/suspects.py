"""Statements that may be wrong, and the votes for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from runner.recording.locating.colours import Colours
from runner.recording.locating.uses import Uses, ancestors, base
from runner.recording.taping.node import Node, Statement

Reason = Literal[
    "none", "target", "factor", "shape", "derived", "early", "downstream", "zero", "update", "unmoved", "forward"
]


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


class Ballot:
    """The suspects of one recorded step. What the `right` gradients are made of is taken for right, mostly."""

    def __init__(
        self, colours: Colours, uses: Uses, parameters: tuple[Node | None, ...], right: tuple[Node, ...]
    ) -> None:
        self.colours, self.uses, self.true = colours, uses, colours.true
        self.parameters = parameters
        self.suspects: dict[Statement, Suspect] = {}
        forward = frozenset(n.index for n in colours.tape.nodes if self.true.forward(n))
        self._shared = ancestors(right, stop=forward) - forward
        self._leaves = {base(p).index: p for p in parameters if p is not None}

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

    def ranked(self) -> list[Suspect]:
        """All suspects, the likeliest first; of equals the one that ran first."""
        return sorted(self.suspects.values(), key=lambda s: (-round(s.score, 6), s.node.index))


def last(op: str) -> str:
    """The name of an operation without its module."""
    return op.rsplit(".", 1)[-1]
