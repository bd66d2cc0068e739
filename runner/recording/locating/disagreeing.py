"""The statements of the forward pass that may be wrong in the place of the backward pass: what makes the loss.

Where both disagree from the beginning, nothing says which of them was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from runner.recording.differentiating.adjoints import Adjoints
from runner.recording.locating.agreement import Agreement
from runner.recording.locating.colours import TRUE, Colour, Colours
from runner.recording.locating.suspects import Suspect, last
from runner.recording.locating.uses import Uses, base
from runner.recording.scenario import Array, Recorded
from runner.recording.taping.node import Node, Statement

_MOST = 2
_ENOUGH = 3  # numbers, so that a multiple is no chance
_PRODUCTS = ("matmul", "dot", "einsum")
_SAME = 1e-6


def disagreeing(
    recorded: Recorded,
    agreements: Sequence[Agreement],
    exact: Sequence[Array],
    colours: Colours,
    uses: Uses,
    likely: Suspect | None,
) -> list[Suspect]:
    """The statements of the loss where no gradient is right, of a term of it where a parameter too much is in one.

    `likely` is the likeliest place of the backward pass: the loss is as likely where the way back begins there.
    """
    if all(each.right for each in agreements):
        return []
    nodes = list(_passed_over(recorded, colours, uses))
    all_wrong = not any(each.right and np.any(true) for each, true in zip(agreements, exact, strict=True))
    if all_wrong and likely is not None and _begins(likely, colours) and recorded.assumed is None:
        nodes += _ends(recorded.loss, colours.true)
    for place, each in enumerate(agreements):
        parameter, given = recorded.parameters[place], recorded.supplied[place].array
        if each.right or parameter is None or given is None or given.shape != exact[place].shape:
            continue
        used = [use for use in uses.of(parameter) if colours.true.forward(use)]
        if recorded.assumed is None and _is_multiple(given - exact[place], np.asarray(parameter.value)):
            terms = [use for use in used if _is_of_loss(use, uses)]
            nodes += terms or _ends(recorded.loss, colours.true)
        elif each.state == "factor" and abs(each.factor + 1) < _SAME:
            nodes += [use for use in used if "sub" in last(use.op) and base(use.operands[-1]) is base(parameter)]
    found: dict[Statement, Suspect] = {}
    for node in nodes:
        if node.statement is not None:
            found.setdefault(node.statement, Suspect(node.statement, node, "forward"))
    return [*found.values()][:_MOST]


def _passed_over(recorded: Recorded, colours: Colours, uses: Uses) -> Iterator[Node]:
    """The products that read a value of which something was made before that the forward pass does not read.

    `z2 = z1 @ W2` behind `a1 = np.tanh(z1)`: most likely `a1` was meant.
    """
    tape, true = recorded.tape, colours.true
    of_loss = {node.invocation.number for node in tape.nodes if true.forward(node) and node.invocation is not None}
    for node in tape.nodes:
        own = node.invocation is None or node.invocation.number in of_loss
        named = node.statement is not None and node.statement.kind == "Assign" and node.kind == "call"
        if not named or not own or true.forward(node) or len(node.operands) != 1 or np.size(node.value) < 2:
            continue
        (read,) = node.operands
        if not true.forward(read) or read.shape != node.shape or read.kind in ("leaf", "source"):
            continue
        for use in uses.of(read):
            if use.index > node.index and use.invocation is node.invocation and last(use.op) in _PRODUCTS:
                yield use


def _begins(suspect: Suspect, colours: Colours) -> bool:
    """Whether nothing that comes back goes into what a statement makes: the way back begins there."""
    waiting, seen = [suspect.node], {suspect.node.index}
    while waiting:
        for operand in waiting.pop().operands:
            if operand.index in seen or colours.true.forward(operand):
                continue
            seen.add(operand.index)
            if colours.of(operand).colour in TRUE | {Colour.NONE} and np.size(operand.value) > 1:
                return False
            waiting.append(operand)
    return True


def _ends(loss: Node, true: Adjoints) -> Iterator[Node]:
    """The operations by which arrays become the single number of the loss, and the loss itself where it is one."""
    waiting, seen = [loss], {loss.index}
    while waiting:
        node = waiting.pop(0)
        if any(np.size(operand.value) > 1 for operand in node.operands) or node is loss:
            yield node
        for operand in node.operands:
            if operand.index not in seen and np.size(operand.value) == 1 and true.forward(operand):
                seen.add(operand.index)
                waiting.append(operand)


def _is_of_loss(use: Node, uses: Uses) -> bool:
    """Whether a use of a parameter becomes a part of the loss with no array of the network in between."""
    waiting, seen = [use], {use.index}
    while waiting:
        node = waiting.pop()
        if np.size(node.value) == 1:
            return True
        for one in uses.of(node):
            if one.index not in seen and len([o for o in one.operands if np.size(o.value) > 1]) < 2:
                seen.add(one.index)
                waiting.append(one)
    return False


def _is_multiple(difference: Array, parameter: Array) -> bool:
    """Whether a difference is a number times the parameter, where it is not zero: a decay of it or of a part."""
    largest = float(np.abs(difference).max(initial=0))
    differing = np.abs(difference) > _SAME * largest
    one, other = difference[differing], parameter[differing]
    if not largest or one.size < _ENOUGH:
        return False
    share = float(np.vdot(other, one)) / float(np.vdot(other, other))
    return bool(np.abs(one - share * other).max() <= _SAME * largest)
