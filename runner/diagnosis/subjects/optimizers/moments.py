"""The states that a step keeps of its gradients, each with the recurrence that it follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from runner.recording.locating.suspects import last
from runner.recording.locating.uses import base
from runner.recording.scenario import Array, Recorded
from runner.recording.scenarios.following import ancestors
from runner.recording.taping.node import Node

_SAME = 1e-5


@dataclass(frozen=True)
class Moment:
    """A state of a parameter: `keeps` times what it was plus `takes` times `of`: "g", "g ** 2" or "|g|"."""

    value: Array
    node: Node
    keeps: float
    takes: float
    of: str


def update_of(recorded: Recorded, parameter: Node, supplied: Node) -> Node | None:
    """The operation that changes a parameter by something made of its gradient."""
    for node in recorded.tape.nodes[supplied.index :]:
        changes = any(word in last(node.op) for word in ("sub", "add")) and node.shape == parameter.shape
        if changes and any(base(operand).index == base(parameter).index for operand in node.operands):
            return node
    return None


def moments_of(end: Node, parameter: Node, supplied: Node) -> Iterator[Moment]:
    """The states that a step is made of, each with its recurrence; those that are none are left out."""
    made = {node.index: node for node in ancestors(end) if node.index > supplied.index}
    g = np.asarray(supplied.value, dtype=np.float64).ravel()
    held = {
        base(operand).index: base(operand)
        for node in made.values()
        for operand in node.operands
        if base(operand).kind in ("leaf", "source") and base(operand).shape == parameter.shape
    }
    for index, state in held.items():
        if index in (base(parameter).index, base(supplied).index):
            continue
        after = _next(made, state, supplied)
        if after is None:
            continue
        before, now = (np.asarray(one.value, dtype=np.float64).ravel() for one in (state, after))
        if not np.isfinite(now).all():
            continue
        for of, power in (("g", g), ("g ** 2", g**2), ("|g|", np.abs(g))):
            keeps, takes = np.linalg.lstsq(np.stack([before, power], axis=1), now, rcond=None)[0]
            if np.abs(keeps * before + takes * power - now).max() <= _SAME * np.abs(now).max() and takes:
                known = float(keeps) if before.any() else float("nan")
                yield Moment(now, after, known, float(takes), of)
                break


def _next(made: dict[int, Node], state: Node, supplied: Node) -> Node | None:
    """The first value that is made of a state and of the gradient."""
    of_state, of_gradient = {state.index}, {supplied.index}
    for index in sorted(made):
        node = made[index]
        own = {operand.index for operand in node.operands} | {base(operand).index for operand in node.operands}
        for group in (of_state, of_gradient):
            if own & group:
                group.add(index)
        if index in of_state and index in of_gradient and any(word in last(node.op) for word in ("sub", "add")):
            return node
    return None


def rooted(end: Node, moment: Moment) -> bool:
    """Whether a root of a state is taken on the way to the step."""
    roots = (n for n in ancestors(end) if "sqrt" in n.op or ("pow" in last(n.op) and np.all(_exponent(n) == 0.5)))
    return any(moment.node.index in {one.index for one in ancestors(root)} for root in roots)


def _exponent(node: Node) -> Array:
    given = [one for one in node.arguments.positional if isinstance(one, int | float)] if node.arguments else []
    return np.array([*given, *(np.asarray(one.value) for one in node.operands[1:])], dtype=object)


def quotient(end: Node, moment: Moment, *, below: bool = False) -> Node | None:
    """Where a state is divided, or with `below` divided by; the first such place behind it."""
    behind = {moment.node.index}
    for node in sorted(ancestors(end), key=lambda one: one.index):
        if any(operand.index in behind or base(operand).index in behind for operand in node.operands):
            divided = node.operands[0]
            if "div" in last(node.op) and below != (divided.index in behind or base(divided).index in behind):
                return node
            behind.add(node.index)
    return None


def kept_with(end: Node, moment: Moment) -> Node | None:
    """The sum in which a second state goes on from this one: both are the same array."""
    behind = {moment.node.index}
    for node in sorted(ancestors(end), key=lambda one: one.index):
        if any(operand.index in behind or base(operand).index in behind for operand in node.operands):
            others = [one for one in node.operands if one.index not in behind and one.shape == node.shape]
            behind.add(node.index)
            if node.index != end.index and last(node.op) in ("add", "iadd") and others:
                return node
    return None
