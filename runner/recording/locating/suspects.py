"""Statements that may be wrong, and the votes for each."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from runner.recording.locating.colours import Colours
from runner.recording.locating.uses import Uses, ancestors, base
from runner.recording.taping.node import Invocation, Node, Place, Statement

Reason = Literal[
    "none",
    "target",
    "factor",
    "shape",
    "derived",
    "early",
    "downstream",
    "zero",
    "update",
    "unmoved",
    "order",
    "forward",
]

_CALLERS = 3
_OF_MODEL = 0.3  # of a vote, for what the forward pass does as well


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
        self._headers: dict[Place, Statement] = {}
        forward = frozenset(n.index for n in colours.tape.nodes if self.true.forward(n))
        self._shared = ancestors(right, stop=forward) - forward
        self._leaves = {base(p).index: p for p in parameters if p is not None}
        nodes = colours.tape.nodes
        self._of_loss = {one.number for n in nodes if n.index in forward for one in runs(n)}
        self._models = {n.invocation.function for n in nodes if n.index in forward and n.invocation is not None}
        back = {one.number: one.function for n in nodes if n.index not in forward for one in runs(n)}
        self._called = Counter(function for number, function in back.items() if number not in self._of_loss)

    def _blame(self, place: int, node: Node, vote: float, reason: Reason, needed: Node | None = None) -> None:
        statement = node.statement
        if statement is None or self.true.forward(node):
            return
        if node.index in self._shared:
            vote *= 0.3
        if self._is_of_model(node):
            vote *= _OF_MODEL
        self._vote(place, statement, node, vote, reason, needed)
        # What their function was called with may be wrong as well as what stands in it.
        for depth, run in enumerate(itertools.islice(runs(node), _CALLERS)):
            outer = None if run.call is None else self._statement_of(run.call)
            if outer is None:
                break
            if depth == 0 and outer not in self.suspects[statement].callers:
                self.suspects[statement].callers.append(outer)
            # What makes the loss is given data and parameters alone; what is called once is likelier wrong itself.
            share = 0.0 if run.number in self._of_loss else 0.8 if self._called[run.function] > 1 else 0.6
            if share:
                self._vote(place, outer, node, vote * (share - 0.1 * depth), reason, needed)

    def _is_of_model(self, node: Node) -> bool:
        """Whether a node is made by a function of the forward pass that the backward pass calls anew.

        A mistake in it would be in the loss as well; likelier it is given what is not the same any more.
        """
        run = node.invocation
        return run is not None and run.number not in self._of_loss and run.function in self._models

    def _vote(
        self, place: int, statement: Statement, node: Node, vote: float, reason: Reason, needed: Node | None
    ) -> None:
        known = self.suspects.get(statement)
        if known is None:
            known = self.suspects[statement] = Suspect(statement, node, reason, needed)
        elif vote > max(known.votes.values(), default=0.0):
            known.node, known.reason, known.needed = node, reason, needed
        known.votes[place] = max(vote, known.votes.get(place, 0.0))

    def _blame_loop(self, place: int, node: Node, vote: float) -> None:
        """The loop in whose turns a value is made, in its function or in what calls that."""
        called = (run.call for run in runs(node) if run.call is not None)
        statements = [node.statement, *(self._statement_of(call) for call in called)]
        around = next((one for one in statements if one is not None and one.loops), None)
        if around is not None:
            loop = around.loops[-1]
            header = self._headers.setdefault(loop, Statement(loop, "For", around.function, around.loops[:-1]))
            self._vote(place, header, node, vote, "order", None)

    def _statement_of(self, call: object) -> Statement | None:
        if not hasattr(self, "_by_place"):
            self._by_place = {e.statement.place: e.statement for e in self.colours.tape.executions}
        inner = [s for p, s in self._by_place.items() if p.contains(call)]  # type: ignore[arg-type]
        return min(inner, key=lambda s: len(s.place.text), default=None)

    def ranked(self) -> list[Suspect]:
        """All suspects, the likeliest first; of equals the one that ran first."""
        return sorted(self.suspects.values(), key=lambda s: (-round(s.score, 6), s.node.index))


def runs(node: Node) -> Iterator[Invocation]:
    """The run of the function in which a node was made, that of its caller, and so on outwards."""
    run = node.invocation
    while run is not None:
        yield run
        run = run.caller


def last(op: str) -> str:
    """The name of an operation without its module."""
    return op.rsplit(".", 1)[-1]
