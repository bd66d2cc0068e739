"""Where on the tape the way of the numbers is lost: for when the adjoints are not the slopes of the loss.

A second tape of the same step, at parameters that lie close by, shows how each value really moved. To first order an
operation must move its result as the adjoints of its operands say; and what was not made of the parameters, as far as
the tape knows, must not move at all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import Adjoints, Opaque
from runner.recording.differentiating.rules import NoRule, operand_adjoints
from runner.recording.differentiating.rules.common import real
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

Array = NDArray[np.float64]

_TOLERANCE = 1e-3
_RANDOM = ("RandomState", "Generator", "Random", "random", "numpy.empty")


def lost_at(found: Adjoints, other: Tape, parameters: Collection[int]) -> Opaque | None:
    """The first node of the forward pass that moved otherwise than the tape says, and why; None if there is none.

    `other` is the tape of the same step at parameters about 1e-6 away; `parameters` are the indices of their leaves.
    """
    nodes = found.tape.nodes
    for index in sorted(index for index in range(len(nodes)) if found.forward(nodes[index])):
        if index >= len(other.nodes):
            return None
        node, moved = nodes[index], other.nodes[index]
        if node.op != moved.op or node.shape != moved.shape or node.place != moved.place:
            return None  # it took another way, and nothing after it can be compared
        if not real(node.value) or index in parameters or node.op.startswith(_RANDOM):
            continue
        reason = _reason(found, node, moved)
        if reason is not None:
            return Opaque(_user(found, node), reason)
    return None


def _reason(found: Adjoints, node: Node, moved: Node) -> str | None:
    change = _change(node, moved)
    if not node.operands:
        if node.kind == "unseen":
            return "was changed by something that is not recorded"
        return None if not change.any() else f"goes through {_text(_user(found, node))}"
    if node.kind != "call":
        return None
    adjoint = found.of(node)
    if adjoint is None:
        return None
    # the adjoint may be 0 in places, so that a random one says more
    weights = np.random.default_rng(node.index).normal(size=node.shape)
    try:
        parts = operand_adjoints(node, weights)
    except NoRule as failure:
        return str(failure)
    terms = [
        part * _change(operand, after)
        for part, operand, after in zip(parts, node.operands, moved.operands, strict=True)
        if part is not None
    ]
    expected, found_change = sum(float(term.sum()) for term in terms), float((weights * change).sum())
    scale = max([float(np.abs(weights * change).sum()), *(float(np.abs(term).sum()) for term in terms)])
    # what rounds away where a result hardly moves, as that of a saturated tanh
    noise = 8 * np.finfo(np.float64).eps * float(np.abs(weights * np.nan_to_num(node.value)).sum())
    return f"goes through {_text(node)}" if abs(expected - found_change) > _TOLERANCE * scale + noise else None


def _change(node: Node, moved: Node) -> Array:
    with np.errstate(all="ignore"):
        change: Any = np.subtract(moved.value, node.value, dtype=np.float64)
    return np.asarray(np.nan_to_num(change))


def _user(found: Adjoints, node: Node) -> Node:
    """The node itself, or the first operation that uses it where it has no place of its own."""
    if node.place is not None:
        return node
    users = (each for each in found.tape.nodes if node in each.operands and each.place is not None)
    return next(users, node)


def _text(node: Node) -> str:
    if node.place is None:
        return "something that is not recorded"
    text = " ".join(node.place.text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."
