"""Where the outputs of a network and their targets first meet: `goal - out`, `-(Y / A)`, `p[range(n), y] -= 1`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from runner.recording.scenarios.losses.usual import Builder
from runner.recording.taping.arguments import Slot
from runner.recording.taping.node import Node, NodeList
from runner.recording.taping.tape import Tape

_MEETING = {"sub", "truediv", "numpy.subtract", "numpy.divide", "add", "mul", "numpy.multiply"}
DIFFERENCES = {"sub", "numpy.subtract"}
_PRODUCTS = {"mul", "numpy.multiply"}
_NUMBER = re.compile(r"^[-+(\s]*[\d.]")
_MOST_MEETINGS = 6


def meetings_on(tape: Tape, depending: set[int], leaves: set[int]) -> Iterator[tuple[Node, bool]]:
    """Where something that depends on the parameters first meets something of its size that doesn't."""
    count = 0
    seen: set[tuple[object, str]] = set()
    for node in list(tape.nodes):
        if node.op not in _MEETING or not node.operands or node.place is None:
            continue
        sums_up = node.statement is not None and node.statement.place == node.place  # x += y, and no part of it
        if (node.place, node.op) in seen or (sums_up and not picks(node)):
            continue
        texts, sides = _texts(node), sides_of(node, Builder(NodeList()))
        if sides is None:
            continue
        swapped = sides[0].index not in depending or sides[0].kind == "constant"
        output, target = sides[::-1] if swapped else sides
        if output.index not in depending or output.kind == "constant" or output.index in leaves:
            continue
        if target.kind != "constant" and target.index in depending:
            continue
        if not sums_up and not _could_be_target(node.op, target, output, texts[0 if swapped else 1]):
            continue
        seen.add((node.place, node.op))
        yield node, swapped
        count += 1
        if count == _MOST_MEETINGS:
            return


def picks(node: Node) -> bool:
    """`p[range(n), y] -= 1`: what is picked is the probability of the right class, with a target of 1."""
    if node.kind != "write" or node.op not in DIFFERENCES or len(node.operands) != 1:
        return False
    ones = [one for one in (node.arguments.positional if node.arguments else ()) if not isinstance(one, Slot)]
    picked = node.operands[0]
    return ones == [1] and (picked.op == "getitem" or picked.kind == "view")


def sides_of(node: Node, builder: Builder) -> tuple[Node, Node] | None:
    """Both sides of a sum or product; a whole number, which is not on the tape, is put there."""
    if len(node.operands) == 2:
        return node.operands[0], node.operands[1]
    given = () if node.arguments is None else node.arguments.positional
    if len(node.operands) != 1 or len(given) != 2 or not any(isinstance(one, Slot) for one in given):
        return None
    first, second = (node.operands[0] if isinstance(one, Slot) else builder.number(one) for one in given)
    return None if first is None or second is None else (first, second)


def output_of(meeting: Node, swapped: bool) -> Any:
    """The value of the outputs of a meeting."""
    return meeting.operands[1 if swapped and len(meeting.operands) == 2 else 0].value


def target_of(meeting: Node, swapped: bool) -> Any:
    """The value of the targets of a meeting."""
    sides = sides_of(meeting, Builder(NodeList()))
    return None if sides is None else sides[0 if swapped else 1].value


def are_signs(target: Any) -> bool:
    """Whether targets are 1 and -1."""
    array = np.asarray(target)
    return array.dtype.kind in "fi" and array.size > 0 and bool((np.abs(array) == 1).all())


def is_scalar_product(node: Node) -> bool:
    """Whether a node is the product of single numbers."""
    return node.op in _PRODUCTS and not np.ndim(node.value)


def _texts(node: Node) -> tuple[str, str]:
    """How both sides are written."""
    try:
        tree = ast.parse(f"({node.place.text})" if node.place is not None else "", mode="eval").body
    except SyntaxError:
        return "", ""
    if isinstance(tree, ast.BinOp):
        return ast.unparse(tree.left), ast.unparse(tree.right)
    if isinstance(tree, ast.Call) and len(tree.args) == 2:
        return ast.unparse(tree.args[0]), ast.unparse(tree.args[1])
    return "", ""


def _could_be_target(op: str, target: Node, output: Node, text: str) -> bool:
    one, other = np.shape(target.value), np.shape(output.value)
    if np.asarray(target.value).dtype.kind not in "fiub":
        return False
    if one == other and one:
        return True
    if one == other:  # single numbers: a target has a name, a constant of the formula has none
        return (op not in _PRODUCTS or are_signs(target.value)) and bool(text) and not _NUMBER.match(text)
    return len(one) >= 1 and np.size(target.value) == np.size(output.value)


def are_probabilities(value: Any) -> bool:
    """Whether outputs lie between 0 and 1."""
    array = np.asarray(value)
    return array.dtype.kind == "f" and bool((array > 0).all() and (array < 1).all())
