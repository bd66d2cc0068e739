"""Where a gradient that is zero or missing may have been left out: the loops and statements that make the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from runner.recording.differentiating.adjoints import Adjoints
from runner.recording.locating.agreement import Agreement
from runner.recording.locating.suspects import Suspect, last
from runner.recording.locating.uses import base
from runner.recording.scenario import Recorded
from runner.recording.taping.node import Node, Place, Statement

_LOOP, _STATEMENT = 1.0, 0.9


def left_out(recorded: Recorded, agreements: Sequence[Agreement], true: Adjoints) -> list[Suspect]:
    """The loops in which other gradients are made or other parameters are changed, and what changes those.

    Only for gradients that are missing or zero: where some parameters move, the others were passed over.
    """
    found: dict[Place, Suspect] = {}
    wrong = [place for place, each in enumerate(agreements) if each.state in ("missing", "zero")]
    moved = [place for place, each in enumerate(agreements) if each.state not in ("missing", "zero")]
    for place in moved if wrong else ():
        parameter, supplied = recorded.parameters[place], recorded.supplied[place].node
        nodes = [node for node in (supplied,) if node is not None and agreements[wrong[0]].state == "zero"]
        nodes += [] if parameter is None else _updates(recorded, parameter, true)
        for node in nodes:
            statement = node.statement
            if statement is None:
                continue
            for loop in statement.loops:
                _vote(found, Statement(loop, "For", statement.function, ()), node, wrong, _LOOP)
            _vote(found, statement, node, wrong, _STATEMENT)
    return list(found.values())


def _updates(recorded: Recorded, parameter: Node, true: Adjoints) -> list[Node]:
    """The operations that change a parameter: sums and differences of it that the loss is not made of."""
    own = base(parameter).index
    return [n for n in _sums(recorded) if not true.forward(n) and any(base(o).index == own for o in n.operands)]


def _sums(recorded: Recorded) -> Iterator[Node]:
    for node in recorded.tape.nodes:
        if any(word in last(node.op) for word in ("sub", "add")) and np.size(node.value) and node.statement is not None:
            yield node


def _vote(found: dict[Place, Suspect], statement: Statement, node: Node, places: Sequence[int], vote: float) -> None:
    suspect = found.setdefault(statement.place, Suspect(statement, node, "unmoved"))
    suspect.votes |= dict.fromkeys(places, vote)
