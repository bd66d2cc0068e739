"""Ways along a tape: what a value is made of, what reads it, what it is passed on from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

SUMS = {"add", "sub", "numpy.add", "numpy.subtract", "iadd", "isub"}
DIFFERENCES = {"sub", "numpy.subtract", "isub"}


def ancestors(node: Node) -> Iterator[Node]:
    """A node and all that it is made of, each once."""
    seen = {node.index}
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        for operand in one.operands:
            if operand.index not in seen:
                seen.add(operand.index)
                todo.append(operand)


def uses(tape: Tape) -> dict[int, list[Node]]:
    """For each node those that read it."""
    found: dict[int, list[Node]] = {}
    for node in tape.nodes:
        for operand in node.operands:
            found.setdefault(operand.index, []).append(node)
    return found


def depending_on(tape: Tape, leaves: set[int]) -> set[int]:
    """The nodes that are made of some of these."""
    found = set(leaves)
    for node in tape.nodes:
        if any(operand.index in found for operand in node.operands):
            found.add(node.index)
    return found


def passed(node: Node) -> Node:
    """The node that made a value which others only pass on as it is, or write down whole."""
    while node.kind in ("same", "view", "write") and node.operands and not (node.kind == "write" and node.op in SUMS):
        source = node.operands[-1] if node.kind == "write" else node.operands[0]
        if node.kind != "same" and not _is_same(node, source):
            break
        node = source
    return node


def keeps(end: Node, leaf: int, depending: set[int]) -> bool:
    """Whether a value takes the place of another number by number, as the state of an optimizer does.

    What weighs the old value depends on no parameter then. The hidden state of a recurrent network goes through a
    product with its weights, or is weighed by a gate: it belongs to the network.
    """
    todo, seen = [end], {end.index}
    while todo:
        node = todo.pop()
        if node.index == leaf:
            return True
        for operand in _kept(node, depending):
            if operand.index not in seen:
                seen.add(operand.index)
                todo.append(operand)
    return False


_WEIGHING = {"mul", "imul", "numpy.multiply", "truediv", "itruediv", "numpy.divide", "numpy.true_divide"}
_MIXING = {"matmul", "numpy.matmul", "numpy.dot", "ndarray.dot", "numpy.outer", "numpy.einsum", "numpy.vdot"}


def _kept(node: Node, depending: set[int]) -> list[Node]:
    """The operands whose numbers a node keeps in their places."""
    if node.kind == "write" and node.op not in SUMS | _WEIGHING:
        return [*node.operands[-1:]]
    if node.kind in ("same", "view", "unseen"):
        writes = [one for one in node.operands if one.kind == "write"]
        return writes or [*node.operands]
    alike = [one for one in node.operands if np.shape(one.value) == np.shape(node.value)]
    if node.op in _MIXING:
        return []
    if node.op in _WEIGHING:
        return [one for one in alike if not any(o.index in depending for o in node.operands if o is not one)]
    return alike


def _is_same(node: Node, source: Node) -> bool:
    return node.shape == source.shape and np.array_equal(np.asarray(node.value), np.asarray(source.value))
