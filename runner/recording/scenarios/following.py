"""Ways along a tape: what a value is made of, what reads it, what it is passed on from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

SUMS = {"add", "sub", "numpy.add", "numpy.subtract", "iadd", "isub"}


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


def _is_same(node: Node, source: Node) -> bool:
    return node.shape == source.shape and np.array_equal(np.asarray(node.value), np.asarray(source.value))
