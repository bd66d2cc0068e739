"""What an update takes away from a parameter, taken apart: its gradient, the rate, numbers, an optimizer's state."""

from __future__ import annotations

import re

import numpy as np

from runner.recording.scenarios.following import ancestors, passed
from runner.recording.scenarios.naming import WORDS, is_rate
from runner.recording.taping.node import Node, Statement

_PRODUCTS = {"mul", "truediv", "numpy.multiply", "numpy.divide", "numpy.true_divide"}
_QUOTIENTS = {"truediv", "numpy.divide", "numpy.true_divide"}
_MATRIX_PRODUCTS = {"matmul", "numpy.matmul", "numpy.dot", "ndarray.dot", "numpy.outer"}
CLIPS = {"numpy.clip", "ndarray.clip"}
_CLIPPING = re.compile(r"norm|clip", re.IGNORECASE)
_LITERAL = re.compile(r"^[-+]?[\d.]+(?:[eE][-+]?\d+)?$")


def without_state(node: Node, state: set[int]) -> Node | None:
    """The last value that goes into a state-keeping update and holds none of it; None where there is no state in it."""
    parts = {one.index: one for one in ancestors(node)}
    tainted = set(state)
    for index in sorted(parts):
        if any(operand.index in tainted for operand in parts[index].operands):
            tainted.add(index)
    if node.index not in tainted:
        return None
    border = [
        _bare(passed(operand), parts[index].statement)
        for index in tainted
        if index in parts
        for operand in parts[index].operands
        if operand.index not in tainted and operand.shape == node.shape
    ]
    pure = {one.index: one for one in border}
    found = pure[min(pure)] if pure else None
    while found is not None and (whole := _unclipped(passed(found))) is not None:
        found = whole
    return found


def _bare(node: Node, update: Statement | None) -> Node:
    """A node without the numbers that it is multiplied by in the statement of the update.

    Those of other statements belong to the gradient, like the number of samples that it is divided by.
    """
    while node.op in _PRODUCTS and node.statement is update:
        arrays = [one for one in node.operands if one.shape == node.shape and one.shape]
        if len(arrays) != 1:
            return node
        node = passed(arrays[0])
    return node


def unscaled(node: Node, depending: set[int]) -> tuple[Node, float, float | None]:
    """A node without the rates and numbers that it is multiplied by, their product, and that of the literal ones.

    A number that is written in another statement than the update is no rate: it is part of the gradient, like the 2 of
    a squared error.
    """
    scale, literal, update = 1.0, None, passed(node).statement
    while True:
        node = passed(node)
        if node.op == "neg" and node.operands:
            node, scale = node.operands[0], -scale
            continue
        if node.op in CLIPS and node.operands:  # what is clipped is the gradient
            node = node.operands[0]
            continue
        if (whole := _unclipped(node)) is not None:
            node = whole
            continue
        split = _split(node, depending) if node.op in _PRODUCTS else None
        if split is None or not split[1]:
            return node, scale, literal
        value, number, text = split
        if number == 0.0:
            return node, scale, literal
        number = 1.0 / number if node.op in _QUOTIENTS else number
        if _LITERAL.match(text) and node.op not in _QUOTIENTS and node.statement is update:
            literal = abs(number) * (literal or 1.0)
        node, scale = value, scale * number


def _unclipped(node: Node) -> Node | None:
    """What a gradient was before it was scaled by its own norm; None where it wasn't."""
    if node.op not in _PRODUCTS or len(node.operands) != 2 or len(node.parts) != 2 or not node.shape:
        return None
    for place in (0, 1) if node.op not in _QUOTIENTS else (1,):
        number, part = node.operands[place], node.parts[place]
        if np.size(number.value) != 1:
            continue
        named = part is not None and _CLIPPING.search(part.text) is not None
        if named and any(one.index == node.operands[1 - place].index for one in ancestors(number)):
            return node.operands[1 - place]
    return None


def literal_within(node: Node, depending: set[int]) -> float | None:
    """The number that is written on one side of a matrix product, as in `0.1 * hidden.T @ delta`."""
    if node.op not in _MATRIX_PRODUCTS:
        return None
    for operand in node.operands:
        _, _, literal = unscaled(operand, depending)
        if literal is not None and operand.statement is node.statement:
            return literal
    return None


def _split(node: Node, depending: set[int]) -> tuple[Node, float, str] | None:
    """A product taken apart where one factor is a rate or written as a number: the other one, the number, its text."""
    if len(node.operands) == 1 and node.arguments is not None:
        given = [one for one in node.arguments.positional if isinstance(one, int | float | np.number)]
        return (node.operands[0], float(given[0]), f"{abs(given[0])}") if len(given) == 1 else None
    if len(node.operands) != 2 or len(node.parts) != 2:
        return None
    for place in (0, 1) if node.op not in _QUOTIENTS else (1,):
        number, part = node.operands[place], node.parts[place]
        if part is None or np.size(number.value) != 1 or number.index in depending:
            continue
        if _LITERAL.match(part.text) or any(is_rate(word) for word in WORDS.findall(part.text)):
            return node.operands[1 - place], float(np.asarray(number.value).reshape(-1)[0]), part.text
    return None


def rate_in(node: Node) -> float | None:
    """The value of what has the name of a learning rate among all that a step is made of."""
    for one in ancestors(node):
        for operand, part in zip(one.operands, one.parts, strict=False):
            named = part is not None and not part.text.startswith("-") and is_rate(part.text)
            if named and np.size(operand.value) == 1:
                return float(np.asarray(operand.value).reshape(-1)[0])
    return None
