"""What no correction may be: an expression that is zero or constant by its form, or a division by an array."""

from __future__ import annotations

import ast
from collections import Counter

from runner.recording.edits.scope import Kind, Scope
from runner.recording.edits.statement import Statement

_COUNTED = ("shape", "size", "ndim")


def refused(statement: Statement, scope: Scope, changed: ast.stmt) -> bool:
    """Whether the statement in its new form has what no correction may have, and had not before."""
    new = _suspects(statement, scope, changed) - _suspects(statement, scope, statement.node)
    return bool(new) or bool(_conditions(statement.node) - _conditions(changed))


def _conditions(node: ast.AST) -> Counter[str]:
    return Counter(ast.dump(part.test) for part in ast.walk(node) if isinstance(part, ast.IfExp))


def _suspects(statement: Statement, scope: Scope, node: ast.AST) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in ast.walk(node):
        if isinstance(part, ast.BinOp):
            found[ast.dump(part)] += _is_suspect(scope, part)
        elif isinstance(part, ast.Compare) and any(ast.dump(c) == ast.dump(part.left) for c in part.comparators):
            found[ast.dump(part)] += 1
    return found


def _is_suspect(scope: Scope, node: ast.BinOp) -> bool:
    same = ast.dump(node.left) == ast.dump(node.right)
    if isinstance(node.op, ast.Div | ast.FloorDiv):
        return same or _holds_array(scope, node.right)
    if isinstance(node.op, ast.Mult | ast.MatMult):
        return _is_zero(node.left) or _is_zero(node.right)
    return isinstance(node.op, ast.Sub) and same


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _holds_array(scope: Scope, node: ast.AST) -> bool:
    """Whether an array that comes back, a signal or a parameter is read in it, and not merely counted."""
    if isinstance(node, ast.Attribute) and node.attr in _COUNTED:
        return False
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        return False
    if isinstance(node, ast.expr):
        known = scope.known(ast.unparse(node))
        if known is not None:
            return bool(known.shape) or known.kind not in (Kind.COUNT, Kind.SCALAR)
    return any(_holds_array(scope, child) for child in ast.iter_child_nodes(node))
