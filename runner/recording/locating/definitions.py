"""Where the numbers that a statement divides or multiplies by get their value: `m = X.shape[1]`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.recording.edits.statement import Source, Statement
from runner.recording.taping.node import Place
from runner.recording.taping.node import Statement as Recorded


def definitions(source: Source, statement: Statement, recorded: Recorded) -> Iterator[Recorded]:
    """The statements of the same function that assign a size or a number to a name that a statement reads."""
    own = statement.function if statement.function is not None else source.tree
    read = {n.id for n in ast.walk(statement.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    for node in ast.walk(own):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or node is statement.node:
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in read and _is_number(node.value):
            yield Recorded(place_of(source, node, recorded.place), "Assign", recorded.function)


def _is_number(value: ast.expr) -> bool:
    """Whether an expression is surely a number that is no derivative: a size, a length, a literal."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float)
    if isinstance(value, ast.Subscript):
        return isinstance(value.value, ast.Attribute) and value.value.attr == "shape"
    if isinstance(value, ast.Attribute):
        return value.attr == "size"
    if isinstance(value, ast.BinOp):
        return _is_number(value.left) and _is_number(value.right)
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in ("len", "float", "int")
    return False


def place_of(source: Source, node: ast.stmt, beside: Place) -> Place:
    """The place of a statement in the file of another, its columns in characters."""
    start, end = source.span(node)
    first, last = node.lineno, node.end_lineno or node.lineno
    column = len(source.data[source.data.rfind(b"\n", 0, start) + 1 : start].decode())
    end_column = len(source.data[source.data.rfind(b"\n", 0, end) + 1 : end].decode())
    return Place(beside.file, first, column, last, end_column, source.data[start:end].decode())
