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

_BOUNDED, _LOOP, _STATEMENT = 1.1, 1.0, 0.9


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
        makers = list(_makers(nodes, true))
        nodes += [] if parameter is None else _updates(recorded, parameter, true)
        for node in nodes:
            if node.statement is not None:
                _vote(found, node.statement, node, wrong, _STATEMENT)
        for node in [*nodes, *makers]:
            if node.statement is not None:
                for loop in node.statement.loops:
                    vote = _BOUNDED if any(letter.isdigit() for letter in loop.text) else _LOOP
                    _vote(found, Statement(loop, "For", node.statement.function, ()), node, wrong, vote)
    return list(found.values())


def _makers(nodes: Sequence[Node], true: Adjoints) -> Iterator[Node]:
    """What a gradient was made of on the way back: each of these may stand in the loop that stops early."""
    waiting, seen = list(nodes), {node.index for node in nodes}
    while waiting:
        for operand in waiting.pop().operands:
            if operand.index not in seen and not true.forward(operand):
                seen.add(operand.index)
                waiting.append(operand)
                yield operand


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
