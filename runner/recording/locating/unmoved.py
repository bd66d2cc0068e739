"""Where a gradient that is zero or missing may have been left out: the loops and statements that make the others."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from runner.recording.differentiating.adjoints import Adjoints
from runner.recording.locating.agreement import Agreement
from runner.recording.locating.suspects import Suspect, last, runs
from runner.recording.locating.uses import base
from runner.recording.scenario import Recorded
from runner.recording.taping.node import Node, Place, Statement
from runner.recording.taping.tape import Tape

_BOUNDED, _LOOP, _STATEMENT, _NEXT, _AROUND = 1.1, 1.0, 0.9, 0.95, 0.5
_CALLERS = 3


def left_out(recorded: Recorded, agreements: Sequence[Agreement], true: Adjoints) -> list[Suspect]:
    """The loops in which other gradients are made or other parameters are changed, and what changes those.

    Only for gradients that are missing or zero: where some parameters move, the others were passed over.
    """
    found: dict[Place, Suspect] = {}
    wrong = [place for place, each in enumerate(agreements) if each.state in ("missing", "zero")]
    moved = [place for place, each in enumerate(agreements) if each.state not in ("missing", "zero")]
    shared = _shared(recorded, true) if wrong else set()
    training = _training(recorded.tape, true) if wrong else set()
    for place in moved if wrong else ():
        parameter, supplied = recorded.parameters[place], recorded.supplied[place].node
        nodes = [node for node in (supplied,) if node is not None and agreements[wrong[0]].state == "zero"]
        makers = list(_makers(nodes, true))
        updates = [] if parameter is None else _updates(recorded, parameter, true)
        for node in [*nodes, *updates]:
            if node.statement is not None:
                beside = any(abs(place - one) == 1 for one in wrong)
                _vote(found, node.statement, node, wrong, _NEXT if beside else _STATEMENT)
        for node in [*nodes, *makers, *updates]:
            for statement in _around(recorded.tape, node):
                # A loop in which each parameter has a line of its own passes none over.
                several = node not in updates or statement.place in shared or statement is not node.statement
                for loop in statement.loops:
                    if loop in training:
                        continue
                    vote = _BOUNDED if any(letter.isdigit() for letter in loop.text) else _LOOP
                    header = Statement(loop, "For", statement.function, ())
                    _vote(found, header, node, wrong, vote if several else _AROUND)
    return list(found.values())


def _training(tape: Tape, true: Adjoints) -> set[Place]:
    """The loops around the whole step: everything of the forward pass stands in them, too."""
    forward = {node.statement.place: node for node in tape.nodes if true.forward(node) and node.statement is not None}
    around = [{loop for statement in _around(tape, node) for loop in statement.loops} for node in forward.values()]
    return set.intersection(*around) if around else set()


def _shared(recorded: Recorded, true: Adjoints) -> set[Place]:
    """The statements that change several parameters: in a loop over these."""
    counted: Counter[Place] = Counter()
    for parameter in recorded.parameters:
        own = () if parameter is None else _updates(recorded, parameter, true)
        counted.update({node.statement.place for node in own if node.statement is not None})
    return {place for place, times in counted.items() if times > 1}


def _around(tape: Tape, node: Node) -> Iterator[Statement]:
    """The statement of a node, and those by which its function was called."""
    if node.statement is not None:
        yield node.statement
    for run in itertools.islice(runs(node), _CALLERS):
        known = {one.statement.place: one.statement for one in tape.executions} if run.call is not None else {}
        calling = [one for place, one in known.items() if run.call is not None and place.contains(run.call)]
        if calling:
            yield min(calling, key=lambda one: len(one.place.text))


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
