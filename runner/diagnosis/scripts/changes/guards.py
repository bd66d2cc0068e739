"""Logarithms, fractions and exponentials of a script guarded where NumPy warned about them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from runner.diagnosis.scripts.changes.edit import Edit, Source
from runner.recording.watching.floating import Trouble

EPSILON = "1e-8"


def logarithm_edit(source: Source, troubles: Sequence[Trouble]) -> Edit | None:
    """A small number added in the logarithms and denominators of the lines that divided by zero in one step."""
    lines = {one.line for one in troubles if one.kind in ("inf", "nan")}
    pieces = []
    for statement in _statements(source, lines):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.log", "numpy.log", "math.log", "log"):
                pieces.append(source.piece(node.args[0], f"{source.of(node.args[0])} + {EPSILON}"))
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_difference(node.right):
                pieces.append(source.piece(node.right, _raised(source, node.right)))
    return Edit(tuple(dict.fromkeys(pieces))) if pieces else None


def _raised(source: Source, node: ast.expr) -> str:
    """The denominator and a small number, in brackets where it has none yet."""
    piece = source.piece(node, "")
    (line, start), (last, end) = piece.start, piece.end
    is_bracketed = source.lines[line - 1][:start].endswith("(") and source.lines[last - 1][end:].startswith(")")
    text = f"{source.of(node)} + {EPSILON}"
    return text if is_bracketed else f"({text})"


def _is_difference(node: ast.expr) -> bool:
    """Whether a denominator can be zero and is no count: an array's name, or 1 - an array."""
    return isinstance(node, ast.BinOp) or (isinstance(node, ast.Name) and len(node.id) > 1 and node.id.upper() != "LEN")


def exponential_edit(source: Source, troubles: Sequence[Trouble]) -> Edit | None:
    """Exponentials that overflow: the largest taken off before a softmax, else the exponent bounded."""
    lines = {one.line for one in troubles if one.kind == "overflow"}
    pieces = []
    for statement in _statements(source, lines):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.exp", "numpy.exp", "exp"):
                inner = source.of(node.args[0])
                axis = _axis_of_sum(source)
                if axis is None or isinstance(node.args[0], ast.UnaryOp):
                    pieces.append(source.piece(node.args[0], f"np.clip({inner}, -500, 500)"))
                else:
                    pieces.append(source.piece(node.args[0], f"{inner} - np.max({inner}, {axis}keepdims=True)"))
    return Edit(tuple(dict.fromkeys(pieces))) if pieces else None


def _axis_of_sum(source: Source) -> str | None:
    """The axis of a sum with kept dimensions, which a softmax has; None where there is none."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "sum":
            named = {one.arg: source.of(one.value) for one in node.keywords}
            if named.get("keepdims") == "True" and "axis" in named:
                return f"axis={named['axis']}, "
    return None


def _statements(source: Source, lines: set[int]) -> Iterator[ast.stmt]:
    """The simple statements that reach over some of these lines."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr | ast.AnnAssign):
            assert node.end_lineno is not None
            if any(node.lineno <= line <= node.end_lineno for line in lines):
                yield node
