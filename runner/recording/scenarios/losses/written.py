"""The numbers on the tape of a step that may be its loss: by their names, their statements, and what they are of."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import numpy as np

from runner.recording.scenarios.changes import Change
from runner.recording.scenarios.following import ancestors, depending_on, passed
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape
from runner.subjects import naming_habits as habits
from runner.subjects.naming_habits import plain

_LOSS_NAME = re.compile(r"loss|cost|error|mse|entropy|nll|objective")
_NO_LOSS = re.compile(r"acc|correct|prev|old|best|history|hist|list")
_ABSOLUTE = {"numpy.abs", "numpy.absolute", "abs", "numpy.fabs"}
_SCALING = {"mean", "sum", "average", "mul", "truediv"}
_MOST, _MOST_PARTS = 12, 24


def written_losses(tape: Tape, found: Sequence[Change], ends: Sequence[Node]) -> list[Node]:
    """The scalars of a tape that may be its loss, the likely ones first."""
    ranked = [(_rank(node), -node.index, node) for node in _scalars(tape, found, ends)]
    return [node for rank, _, node in sorted(ranked, key=lambda one: one[:2]) if rank < 3][:_MOST]


def part_losses(tape: Tape, found: Sequence[Change], ends: Sequence[Node]) -> list[Node]:
    """The scalars that are a part of some expression, as the mean in `total += mean * len(batch)`, late ones first."""
    return [node for node in reversed(_scalars(tape, found, ends)) if _rank(node) >= 3][:_MOST_PARTS]


def _scalars(tape: Tape, found: Sequence[Change], ends: Sequence[Node]) -> list[Node]:
    """What depends on the parameters as they are before the step, and is on the way to none of the gradients."""
    leaves = {change.before.index for change in found}
    depending = depending_on(tape, leaves)
    later = depending_on(tape, {passed(end).index for end in ends})
    going_back = {node.index for end in ends for node in ancestors(end)}
    return [
        node
        for node in tape.nodes
        if node.index in depending
        and node.index not in later
        and node.index not in going_back
        and node.kind == "call"
        and node.place is not None
        and _is_real_number(node)
    ]


def binds(tape: Tape, node: Node, found: Sequence[Change]) -> bool:
    """Whether a number is the loss by its name, or sums up arrays: of single numbers every one looks alike."""
    if adds_up(tape, node):
        return False
    if names_it(node):
        return True
    depending = depending_on(tape, {change.before.index for change in found})
    return any(np.size(one.value) > 1 for one in ancestors(node) if one.index in depending)


def under_roots(nodes: Sequence[Node]) -> list[Node]:
    """The numbers of which these are the square roots: who reports the root of a mean of squares descends the mean."""
    roots = [passed(node) for node in nodes]
    found = [passed(node.operands[0]) for node in roots if node.op.rpartition(".")[2] == "sqrt" and node.operands]
    return [node for node in found if node.kind == "call" and node.place is not None]


def names_it(node: Node) -> bool:
    """Whether the program calls a number its loss."""
    return _rank(node) == 0


def adds_up(tape: Tape, node: Node) -> bool:
    """Whether a number is added to what stood in its variable before the step: the sum over many steps is no loss."""
    statement = node.statement
    if statement is None or statement.kind != "AugAssign" or not node.operands:
        return False
    target = statement.place.text.partition("=")[0].rstrip(" +-")
    parts = [part.text if part is not None else "" for part in node.parts]
    if target.strip() in parts:
        held = node.operands[parts.index(target.strip())]
        return held.kind in ("leaf", "source") or not held.operands
    return len(node.operands) == 1  # a whole number such as the 0 it begins with is on no tape


def frozen_loss(tape: Tape, found: Sequence[Change]) -> Node | None:
    """What is named like a loss and made of arrays, though not of any parameter: of outputs that were there before."""
    depending = depending_on(tape, {change.before.index for change in found})
    for node in tape.nodes:
        if node.index in depending or node.kind != "call" or node.place is None or not _is_real_number(node):
            continue
        if _rank(node) == 0 and any(np.size(one.value) > 1 for one in ancestors(node)):
            return node
    return None


def is_monitor(node: Node) -> bool:
    """Whether a number is a mean of absolute values, which is printed and hardly ever descended."""
    while node.operands and (node.kind in ("same", "view") or node.op.rpartition(".")[2] in _SCALING):
        node = max(node.operands, key=lambda one: np.size(one.value))
    return node.op in _ABSOLUTE


def _is_real_number(node: Node) -> bool:
    value = np.asarray(node.value)
    return value.size == 1 and value.dtype.kind == "f"


def _rank(node: Node) -> int:
    """0: assigned to or returned from what is named like a loss; 1: alone on its statement; 3: a part of something."""
    statement = node.statement
    if statement is None or node.place is None:
        return 3
    text = statement.place.text
    try:
        (tree,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError):
        return 3
    value = getattr(tree, "value", None)
    if not isinstance(value, ast.expr):
        return 3
    sums_up = isinstance(tree, ast.AugAssign)
    whole = node.place.text.strip() == text.strip() if sums_up else ast.unparse(value) == _normal(node.place.text)
    if isinstance(tree, ast.Assign | ast.AugAssign):
        target = ast.unparse(tree.targets[0] if isinstance(tree, ast.Assign) else tree.target)
        if whole:
            return 0 if names_loss(target) else 1
    if isinstance(tree, ast.Return) and whole:
        return 0 if names_loss(statement.function.rpartition(".")[2]) else 2
    if isinstance(tree, ast.Expr) and isinstance(value, ast.Call) and ast.unparse(value.func).endswith(".append"):
        named = names_loss(ast.unparse(value.func).removesuffix(".append").removesuffix("s"), loose=True)
        inner = bool(value.args) and ast.unparse(value.args[0]) == _normal(node.place.text)
        return (0 if named else 1) if inner else 3
    return 3


def _normal(text: str) -> str:
    try:
        return ast.unparse(ast.parse(f"({text})", mode="eval"))
    except SyntaxError:
        return text


def names_loss(name: str, *, loose: bool = False) -> bool:
    """Whether a name is that of a loss; with `loose` that of an older or the best one, too."""
    word = plain(name.rpartition(".")[2])
    return word in habits.LOSS or bool(_LOSS_NAME.search(word) and (loose or not _NO_LOSS.search(word)))
