"""What a step adds to a parameter or takes away from it, as a whole or part by part."""

from __future__ import annotations

from runner.recording.scenarios.following import DIFFERENCES, SUMS, passed
from runner.recording.taping.node import Node

_AT = {"numpy.add.at", "numpy.subtract.at"}


def last_step(end: Node, leaf: Node) -> tuple[Node, float] | None:
    """What was subtracted last from a leaf to get `end`, and its factor (-1 where it was added)."""
    return next(iter(subtracted(end, leaf)), None)


def subtracted(end: Node, leaf: Node) -> list[tuple[Node, float]]:
    """All that was subtracted from a leaf to get `end`, the last first, each with its factor; nothing if it is not."""
    node = passed(end)
    if node.op not in SUMS or len(node.operands) != 2:
        return []
    first, second = node.operands
    own = second, 1.0 if node.op in DIFFERENCES else -1.0
    if passed(first).index == leaf.index:
        return [own]
    if others := subtracted(first, leaf):
        return [own, *others]
    return [(first, -1.0)] if passed(second).index == leaf.index and node.op not in DIFFERENCES else []


def changed_in_parts(end: Node, leaf: Node) -> bool:
    """Whether parts of an array were changed by something each: `w[1:] += ...; w[0] += ...`, rows of an embedding."""
    if end.op in _AT and end.operands:
        return is_part_of(end.operands[0], leaf)
    writes = [one for one in end.operands if one.kind == "write"]
    if end.kind != "view" or not writes or any(one.kind not in ("write", "leaf") for one in end.operands):
        return False
    return all(_steps_a_part(one, leaf) for one in writes)


def increments(end: Node, leaf: Node) -> list[Node]:
    """What a step adds to parts of an array or takes away from them, where it changes it part by part; else nothing."""
    if not changed_in_parts(end, leaf):
        return []
    if end.op in _AT:
        return [*end.operands[-1:]]
    sums = [one if one.op in SUMS else passed(one.operands[-1]) for one in end.operands if one.kind == "write"]
    return [part for node in sums for part in node.operands if part.index != leaf.index and not is_part_of(part, leaf)]


def _steps_a_part(write: Node, leaf: Node) -> bool:
    """Whether what is written is what stood there before plus or minus something."""
    node = write if write.op in SUMS else passed(write.operands[-1]) if write.operands else write
    if node.op not in SUMS or len(node.operands) != 2:
        return False
    return any(one.index == leaf.index or is_part_of(one, leaf) for one in node.operands)


def is_part_of(node: Node, leaf: Node) -> bool:
    """Whether a node is an array, or a part that was read out of it."""
    while node.operands and (node.kind in ("same", "view") or node.op == "getitem"):
        if any(one.index == leaf.index for one in node.operands):
            return True
        node = node.operands[0]
    return node.index == leaf.index
