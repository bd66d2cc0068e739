"""A target that depends on the parameters, and that is held constant all the same: `r + gamma * max(Q(next))`.

Of such a loss, as Q-learning has it, only the half that goes through the prediction is descended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import ancestors, depending_on
from runner.recording.taping.node import Node, Place
from runner.recording.taping.tape import Tape
from runner.subjects.naming_habits import TARGETS, plain

_DIFFERENCES = {"sub", "numpy.subtract"}
# What may be done to a difference on its way into a loss.
_ONWARDS = {"power", "square", "mul", "multiply", "sum", "mean", "truediv", "divide", "pow", "float", "abs", "absolute"}
_DRAWS = re.compile(r"RandomState\.|Generator\.|Random\.|numpy\.random|random\.")
_WORDS = re.compile(r"[^\W\d_]+")
_SIDES = 2


@dataclass(frozen=True)
class Held:
    """The operand `position` of a difference at `place`, called `text`."""

    place: Place
    position: int
    text: str

    def hold(self, recorded: Recorded) -> Recorded:
        """Cut the operand off from what it was made of, on the tape of a step."""
        for node in list(recorded.tape.nodes):
            if node.op in _DIFFERENCES and node.place is not None and _same(node.place, self.place):
                operands = list(node.operands)
                operands[self.position] = constant(recorded.tape, operands[self.position])
                node.operands = tuple(operands)
        return recorded


def constant(tape: Tape, node: Node) -> Node:
    """A leaf with the value of a node."""
    return tape.add("leaf", "held constant", np.array(node.value), None, None)


def target_to_hold(recorded: Recorded) -> Held | None:
    """The target in the difference that a loss is made of, where it depends on the parameters; None without one."""
    depending = depending_on(recorded.tape, {leaf.index for leaf in recorded.parameters if leaf is not None})
    for node in _differences(recorded.loss):
        if not all(operand.index in depending for operand in node.operands) or node.place is None:
            continue
        for position, part in enumerate(node.parts):
            if part is not None and _names_target(part.text):
                return Held(node.place, position, part.text)
    return None


def _differences(loss: Node) -> list[Node]:
    """The differences of which a loss is nothing but the squares, sums and multiples."""
    found, todo, seen = [], [loss], {loss.index}
    while todo:
        node = todo.pop()
        if node.op in _DIFFERENCES and len(node.operands) == 2:
            found.append(node)
            continue
        if node.kind == "call" and node.op.rpartition(".")[2] not in _ONWARDS:
            continue
        for operand in node.operands:
            if operand.index not in seen:
                seen.add(operand.index)
                todo.append(operand)
    return found


def _names_target(text: str) -> bool:
    name = text.partition("[")[0].rpartition(".")[2].strip()
    return plain(name) in TARGETS or any(word.lower() in ("target", "targets") for word in _WORDS.findall(name))


def _same(one: Place, other: Place) -> bool:
    return one.file == other.file and one.line == other.line and one.text == other.text


def drawn_at_random(recorded: Recorded) -> Place | None:
    """Where the way to the loss goes through a comparison of what depends on parameters with random numbers.

    The random numbers depend on no parameter themselves: noise that goes through the network is no draw of it.
    """
    depending = depending_on(recorded.tape, {leaf.index for leaf in recorded.parameters if leaf is not None})
    for node in ancestors(recorded.loss):
        if np.asarray(node.value).dtype.kind != "b" or node.place is None or len(node.operands) < _SIDES:
            continue
        own = [operand for operand in node.operands if operand.index in depending]
        others = [operand for operand in node.operands if operand.index not in depending]
        if own and any(_DRAWS.match(one.op) for operand in others for one in ancestors(operand)):
            return node.place
    return None
