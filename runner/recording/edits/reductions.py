"""Sums and means: along another axis, with the axis kept, one for the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Statement

_REDUCTIONS = ("sum", "mean", "max", "min", "amax", "average", "var", "std", "prod", "cumsum", "argmax", "concatenate",
               "stack", "split", "expand_dims", "repeat", "flip")  # fmt: skip
_KEEP = ("sum", "mean", "max", "min", "amax", "var", "std")
_SWAPPED = {"sum": "mean", "mean": "sum"}


def _reduction(node: ast.expr) -> tuple[str, bool] | None:
    """The name of a reduction that is called, and whether it is a method of the array."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REDUCTIONS:
        module = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")
        return node.func.attr, not module
    return None


def axis(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Every reduction along each axis and along none, with and without the axis kept."""
    for node in statement.expressions:
        named = _reduction(node)
        if named is None:
            continue
        name, method = named
        assert isinstance(node, ast.Call)
        first = 0 if method else 1
        if len(node.args) < first or any(isinstance(a, ast.Starred) for a in node.args):
            continue
        before = _options(statement, node, first)
        operand = [statement.segment(a) for a in node.args[:first]]
        for axis_text in ("0", "1", "-1", "2", "(0, 1)", "(0, 2, 3)", None):
            for keep in (False, True) if name in _KEEP else (before[1],):
                if (axis_text, keep) == before or (axis_text is None and (keep or name not in _KEEP)):
                    continue
                options = [] if axis_text is None else [f"axis={axis_text}"]
                options += ["keepdims=True"] if keep else []
                rest = [k for k in map(statement.segment, node.keywords) if not k.startswith(("axis", "keepdims"))]
                text = f"{statement.segment(node.func)}({', '.join(operand + options + rest)})"
                changed_axis = axis_text != before[0]
                size = 1.0 + 0.2 * changed_axis + 0.2 * (keep != before[1])
                rare = 0.0 if axis_text in ("0", "1", None) else 0.4
                yield Proposal(node, text, size + rare, ("axis" if changed_axis else "keepdims",))


def _options(statement: Statement, node: ast.Call, first: int) -> tuple[str | None, bool]:
    along = statement.segment(node.args[first]) if len(node.args) > first else None
    keep = False
    for keyword in node.keywords:
        if keyword.arg == "axis":
            along = statement.segment(keyword.value)
        elif keyword.arg == "keepdims":
            keep = isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)
    return (None if along == "None" else along), keep


def sum_or_mean(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`sum` for `mean` and back."""
    for node in statement.expressions:
        named = _reduction(node)
        if named is None or named[0] not in _SWAPPED:
            continue
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        name = _SWAPPED[named[0]]
        yield Proposal(node.func, f"{statement.segment(node.func.value)}.{name}", 1.0, (f"{name} for {named[0]}",))


def reduce_result(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """The whole result, or a part of it, summed or averaged along an axis where it is not."""
    value = statement.value
    if value is None or isinstance(value, ast.Constant | ast.Tuple | ast.List | ast.Dict) or _reduction(value):
        return
    text = statement.segment(value)
    for along in ("0", "1"):
        for keep in ("", ", keepdims=True"):
            for name in ("sum", "mean"):
                size = 1.8 + (0.1 if keep else 0.0) + (0.2 if name == "mean" else 0.0)
                yield Proposal(value, f"{scope.numpy}.{name}({text}, axis={along}{keep})", size, ("axis",))
