"""The gradient of a parameter that is changed piece by piece, as `w[i] += eta * delta[i]`: its wrong pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from runner.recording.locating.scaling import SUMS
from runner.recording.locating.suspects import last
from runner.recording.locating.uses import base, root
from runner.recording.scenario import Array
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

_FEW = 3  # wrong pieces of one statement that are followed


def wrong_pieces(tape: Tape, parameter: Node, supplied: Array, true: Array, tolerance: float) -> Iterator[Node]:
    """What is added to the elements of a parameter whose gradient, `supplied` as a whole, is not the true one."""
    leaf = base(parameter)
    if supplied.shape != true.shape or leaf.shape != true.shape:
        return
    wrong = np.abs(supplied - true) > tolerance * max(float(np.abs(true).max()), float(np.abs(supplied).max()))
    flat, taken = np.ascontiguousarray(wrong).ravel(), Counter[object]()
    for node in tape.nodes:
        if node.kind != "write" or node.block != leaf.block or node.region is None or not node.operands:
            continue
        piece = _added(node, leaf)
        if piece is None or taken[node.statement] >= _FEW or not np.any(piece.value):
            continue
        if np.any(node.region.seen(flat, np.asarray(leaf.value).itemsize)):
            taken[node.statement] += 1
            yield piece


def _added(write: Node, leaf: Node) -> Node | None:
    """What is added to the piece of a leaf that is written; None where something else is written."""
    node = write if last(write.op) in SUMS else write.operands[-1]
    while node.kind == "same" and node.operands:
        node = node.operands[0]
    if last(node.op) not in SUMS or len(node.operands) != 2:
        return None
    held = [root(operand).index == leaf.index for operand in node.operands]
    return node.operands[1 - held.index(True)] if any(held) else None
