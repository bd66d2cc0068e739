"""What an update takes away from a parameter, taken apart: its gradient, the rate, numbers, an optimizer's state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from runner.recording.scenarios.following import DIFFERENCES, SUMS, ancestors, passed
from runner.recording.scenarios.naming import WORDS, is_rate
from runner.recording.taping.node import Node, Statement

_PRODUCTS = {"mul", "truediv", "numpy.multiply", "numpy.divide", "numpy.true_divide"}
_QUOTIENTS = {"truediv", "numpy.divide", "numpy.true_divide"}
_MATRIX_PRODUCTS = {"matmul", "numpy.matmul", "numpy.dot", "ndarray.dot", "numpy.outer"}
_NEGATIONS = {"neg", "numpy.negative"}
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

    Among the literal ones are those that stay inside of the node, as in `0.3 * d * h`. A number that is written in
    another statement than the update is no rate: it is part of the gradient, like the 2 of a squared error.
    """
    start, scale, literal = passed(node), 1.0, None
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
        if split is None or split[1] == 0.0:
            within = _within(node, depending) if _is_inside(node, start) else None
            return node, scale, _multiplied([literal, within])
        value, number, text = split
        number = 1.0 / number if node.op in _QUOTIENTS else number
        if _LITERAL.match(text) and node.op not in _QUOTIENTS and node.statement is start.statement:
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


def _within(node: Node, depending: set[int]) -> float | None:
    """The numbers that are written inside a product, multiplied: of `0.1 * hidden.T @ delta`, `d * 0.3 * h / n`."""
    if node.op not in _MATRIX_PRODUCTS and not (node.op in _PRODUCTS and _is_elementwise(node)):
        return None
    factors = node.operands[:1] if node.op in _QUOTIENTS else node.operands
    return _multiplied(
        [unscaled(one, depending)[2] for one in factors if _is_inside(one, node) and one.place != node.place]
    )


def _is_elementwise(node: Node) -> bool:
    """Whether a product is one of elements: `*` of two `np.matrix` is none."""
    try:
        return np.broadcast_shapes(*(one.shape or () for one in node.operands)) == (node.shape or ())
    except ValueError:
        return False


def _is_inside(node: Node, whole: Node) -> bool:
    """Whether a node's text is a piece of another's; the same statement in an earlier turn of a loop is none."""
    return node.place is not None and whole.place is not None and whole.place.contains(node.place)


def _multiplied(numbers: Sequence[float | None]) -> float | None:
    """The product of those that there are; None where there is none."""
    known = [one for one in numbers if one is not None]
    return float(np.prod(known)) if known else None


def multiple_in(node: Node, parameter: Node, depending: set[int]) -> float:
    """How many times a parameter is added in a sum, as 0.02 times in `2 * 0.01 * w - x * y`; 0 where it is no term."""
    node = passed(node)
    todo = {node.index: (node, 1.0)}
    while todo:
        one, times = todo.pop(max(todo))  # the last first: then all that is made of a node comes before it
        if one.index == parameter.index:
            return times
        for operand, factor in _terms(one, depending):
            term = passed(operand)
            if term.index >= parameter.index:
                before = todo[term.index][1] if term.index in todo else 0.0
                todo[term.index] = term, before + times * factor
    return 0.0


def _terms(node: Node, depending: set[int]) -> Iterator[tuple[Node, float]]:
    """The operands of a sum, or of a product or quotient with a number, and by what each is multiplied."""
    operands = node.operands
    if node.op in SUMS and len(operands) == 2:
        yield operands[0], 1.0
        yield operands[1], -1.0 if node.op in DIFFERENCES else 1.0
    elif node.op in _NEGATIONS and len(operands) == 1:
        yield operands[0], -1.0
    elif node.op in _PRODUCTS and len(operands) == 1:
        yield operands[0], _times(node, _unrecorded(node))
    elif node.op in _PRODUCTS and len(operands) == 2:
        for place in (0, 1) if node.op not in _QUOTIENTS else (1,):
            number = operands[place]
            if number.index not in depending and np.size(number.value) == 1:
                yield operands[1 - place], _times(node, float(np.asarray(number.value).reshape(-1)[0]))
                return


def _times(node: Node, number: float | None) -> float:
    """By what a product or quotient with a number multiplies."""
    if node.op in _QUOTIENTS:
        return 1.0 / number if number else 0.0
    return number or 0.0


def _unrecorded(node: Node) -> float | None:
    """The number that an operation with one recorded operand has beside it."""
    beside = node.arguments.positional if node.arguments is not None else ()
    given = [one for one in beside if isinstance(one, int | float | np.number)]
    return float(given[0]) if len(given) == 1 else None


def _split(node: Node, depending: set[int]) -> tuple[Node, float, str] | None:
    """A product taken apart where one factor is a rate or written as a number: the other one, the number, its text."""
    if len(node.operands) == 1 and (beside := _unrecorded(node)) is not None:
        return node.operands[0], beside, f"{abs(beside)}"
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
