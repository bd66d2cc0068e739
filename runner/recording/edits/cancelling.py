"""Whether an expression is a constant by its form: `y + (1 - y)`, `x * y / x / y`, `x ** 0`, `np.where(c, 1, 1)`."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

_CHOICES = ("where", "maximum", "minimum", "fmax", "fmin")


def cancels(node: ast.expr) -> bool:
    """Whether what an expression reads has no say in its value, or a term of it is taken away again."""
    if isinstance(node, ast.Call):
        return _has_equal_choices(node)
    if isinstance(node, ast.IfExp):
        return ast.dump(node.body) == ast.dump(node.orelse)
    if not isinstance(node, ast.BinOp):
        return False
    if isinstance(node.op, ast.Pow):
        return _is_number(node.right, 0) or _is_number(node.left, 1)
    if isinstance(node.op, ast.Add | ast.Sub):
        return any(not count for count in _counted(_terms(node, 1)).values())
    if isinstance(node.op, ast.Mult | ast.Div):
        powers = _counted(_factors(node, 1))
        return bool(powers) and not any(powers.values())
    return False


def _has_equal_choices(node: ast.Call) -> bool:
    """Whether a call that chooses between two values is given the same one twice."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called not in _CHOICES or len(node.args) < 2 or any(isinstance(a, ast.Starred) for a in node.args):
        return False
    one, other = node.args[-2:]
    if isinstance(one, ast.Constant) and isinstance(other, ast.Constant):
        return bool(one.value == other.value)
    return ast.dump(one) == ast.dump(other)


def _counted(parts: Iterator[tuple[str, int]]) -> Counter[str]:
    """How often each part occurs, those that are taken away subtracted."""
    found: Counter[str] = Counter()
    for part, count in parts:
        found[part] += count
    return found


def _terms(node: ast.expr, sign: int) -> Iterator[tuple[str, int]]:
    """What a sum adds up, numbers left out, each with its sign."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        yield from _terms(node.operand, sign if isinstance(node.op, ast.UAdd) else -sign)
    elif not isinstance(node, ast.Constant):
        yield ast.dump(node), sign


def _factors(node: ast.expr, power: int) -> Iterator[tuple[str, int]]:
    """What a product multiplies, numbers and signs left out, each with its power."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from _factors(node.left, power)
        yield from _factors(node.right, power if isinstance(node.op, ast.Mult) else -power)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        yield from _factors(node.operand, power)
    elif not isinstance(node, ast.Constant):
        yield ast.dump(node), power


def _is_number(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == number
