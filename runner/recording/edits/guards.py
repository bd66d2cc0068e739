"""What no correction may be: an expression that is zero or constant by its form, or a division by an array."""

from __future__ import annotations

import ast
from collections import Counter

from runner.recording.edits.cancelling import cancels
from runner.recording.edits.edit import Candidate
from runner.recording.edits.scope import Kind, Scope
from runner.recording.edits.statement import Statement
from runner.subjects.naming_habits import RATES, plain

_COUNTED = ("shape", "size", "ndim")


class Guards:
    """What a statement has before it is edited, so that only what is new in it is held against an edit."""

    def __init__(self, statement: Statement, scope: Scope) -> None:
        self._scope = scope
        self._suspects = _suspects(scope, statement.node)
        self._conditions = _conditions(statement.node)
        self._rates = _rates(statement.node)
        self._twice = _has_updates_twice(statement)
        self._recurring = _recurring(statement.node)

    def allow(self, candidate: Candidate) -> bool:
        """Whether the statement in its new form has nothing that no correction may have, and had not before."""
        if candidate.rule == "order" and self._twice:
            return False
        with candidate.statement() as changed:
            if changed is None:
                return True
            if self._recurring and _holds_whole(changed, self._recurring):
                return False
            new = _suspects(self._scope, changed) - self._suspects
            kept = not self._conditions - _conditions(changed) and not self._rates - _rates(changed)
            return not new and kept


def _recurring(node: ast.stmt) -> str:
    """What a value is made of that goes on from what it was, `v = mu * v - rate * dw`; empty for any other.

    Scaled or negated as a whole it would do something else to what it keeps, and that is zero at the first step.
    """
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.value, ast.BinOp):
        return ""
    target = ast.unparse(node.targets[0])
    products = (part for part in ast.walk(node.value) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult))
    keeps = any(ast.unparse(one) == target for part in products for one in (part.left, part.right))
    return ast.dump(node.value) if keeps else ""


def _holds_whole(changed: ast.stmt, value: str) -> bool:
    """Whether a statement has another value of which the one it had is a part."""
    whole = getattr(changed, "value", None)
    return whole is not None and any(ast.dump(part) == value for part in ast.walk(whole) if part is not whole)


def _has_updates_twice(statement: Statement) -> bool:
    """Whether an update stands twice in the block: then one is too many, wherever the other is moved."""
    updates = Counter(ast.dump(one) for one in statement.block if isinstance(one, ast.AugAssign))
    return any(count > 1 for count in updates.values())


def _rates(node: ast.AST) -> Counter[str]:
    """The learning rates that are read: an update without its rate would be right whatever it does."""
    words = (part.id if isinstance(part, ast.Name) else part.attr
             for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute))  # fmt: skip
    return Counter(word for word in words if plain(word) in RATES or plain(word).endswith("learningrate"))


def _conditions(node: ast.AST) -> Counter[str]:
    return Counter(ast.dump(part.test) for part in ast.walk(node) if isinstance(part, ast.IfExp))


def _suspects(scope: Scope, node: ast.AST) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in ast.walk(node):
        if isinstance(part, ast.BinOp):
            # A division that was there stays one, whatever else is edited in what is divided.
            divides = isinstance(part.op, ast.Div | ast.FloorDiv) and ast.dump(part.left) != ast.dump(part.right)
            found[f"/ {ast.dump(part.right)}" if divides else ast.dump(part)] += _is_suspect(scope, part)
        elif isinstance(part, ast.Compare) and any(ast.dump(c) == ast.dump(part.left) for c in part.comparators):
            found[ast.dump(part)] += 1
        if isinstance(part, ast.expr):
            found[ast.dump(part)] += cancels(part)
    return found


def _is_suspect(scope: Scope, node: ast.BinOp) -> bool:
    same = ast.dump(node.left) == ast.dump(node.right)
    if isinstance(node.op, ast.Div | ast.FloorDiv):
        return same or (_holds_array(scope, node.right) and not _is_logistic(node.right))
    if isinstance(node.op, ast.Mult | ast.MatMult):
        return _is_zero(node.left) or _is_zero(node.right)
    return isinstance(node.op, ast.Sub) and same


def _is_logistic(node: ast.expr) -> bool:
    """Whether a divisor is `1 + exp(...)`, as a sigmoid has it."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return False
    one = any(isinstance(part, ast.Constant) and part.value == 1 for part in (node.left, node.right))
    called = [part.func for part in (node.left, node.right) if isinstance(part, ast.Call)]
    return one and any(ast.unparse(func).rpartition(".")[2] == "exp" for func in called)


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
            # A single number beside arrays is a scale; in a network of single numbers it may be anything.
            return bool(known.shape) or (not scope.result_shape and known.kind not in (Kind.COUNT, Kind.SCALAR))
    return any(_holds_array(scope, child) for child in ast.iter_child_nodes(node))
