"""A number or a multiplicand in, out, or another one; a term in or out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import SIGNALS, Kind, Scope, Variable
from runner.recording.edits.statement import Statement
from runner.recording.scenarios.naming import is_rate


def literal(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Another number where one stands: its half, its double, 1, its negative, and what the known ratio asks for."""
    for node in statement.expressions:
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool | str | bytes | complex | None):
            continue
        value, whole = node.value, type(node.value) is int
        if not isinstance(value, int | float) or _is_index_or_axis(statement, node):
            continue
        if value == 0:
            if isinstance(statement.parent(node), ast.Compare):
                continue  # a unit is on above 0, and no slope stands there
            for slope in (1.0, *(n for n in scope.numbers if n < 1)):
                yield Proposal(node, f"{slope:g}", 1.3, ("literal", "0", f"{slope:g}"))
            continue
        others = [value * 2, value / 2, 1, 2]
        if scope.ratio:
            others = [value / scope.ratio, value * scope.ratio, *others]
        others += [number for number in scope.numbers if number != value]
        seen = {float(value)}
        for place, other in enumerate(others):
            number = _tidy(other)
            if number is None or number == 0 or number in seen:
                continue
            seen.add(number)
            in_product = number == 1 and isinstance(getattr(statement.parent(node), "op", None), ast.Mult)
            text = str(int(number)) if number == int(number) and (whole or number in (1, 2)) else repr(number)
            if not whole and number == int(number):
                text = repr(float(number))
            size = 1.05 + 0.05 * min(place, 8) + (0.25 if in_product else 0.0)
            yield Proposal(node, text, size, ("literal", str(value), text))


def _is_index_or_axis(statement: Statement, node: ast.expr) -> bool:
    parent = statement.parent(node)
    if isinstance(parent, ast.keyword):
        return True
    while isinstance(parent, ast.expr):
        if isinstance(parent, ast.Slice):
            return True
        if isinstance(parent, ast.Subscript):
            return node is parent.slice or parent.value is not node
        if isinstance(parent, ast.Call) and node in parent.args[1:]:
            return not isinstance(parent.func, ast.Attribute) or parent.func.attr not in ("where", "power", "maximum")
        node, parent = parent, statement.parent(parent)
    return False


def _tidy(number: float) -> float | None:
    """The number with at most four digits that a ratio known to rounding stands for."""
    if number != number or abs(number) == float("inf"):
        return None
    short = float(f"{number:.4g}")
    return short if abs(short - number) <= 1e-6 * abs(number) else None


def drop(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """One operand of a product or a sum alone; a division by it, a power or a call around it left out."""
    for node in statement.expressions:
        if isinstance(node, ast.BinOp):
            left, right = statement.segment(node.left), statement.segment(node.right)
            scalar_right = _is_scalar(statement, scope, node.right)
            if isinstance(node.op, ast.Mult):
                yield Proposal(node, left, 1.2 if scalar_right else 1.5, ("drop factor", right))
                scalar_left = _is_scalar(statement, scope, node.left)
                yield Proposal(node, right, 1.2 if scalar_left else 1.5, ("drop factor", left))
                if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult):
                    first = statement.segment(node.left.left)
                    yield Proposal(node, first, 1.8, ("drop factor", f"{statement.segment(node.left.right)} * {right}"))
            elif isinstance(node.op, ast.Div):
                yield Proposal(node, left, 1.2, ("drop divisor", right))
            elif isinstance(node.op, ast.Add | ast.Sub):
                number = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
                yield Proposal(node, left, 1.35 if number else 1.6, ("drop term", right))
                yield Proposal(node, right, 1.35 if number else 1.7, ("drop term", left))
            elif isinstance(node.op, ast.Pow | ast.MatMult):
                yield Proposal(node, left, 1.6, ("drop power",))
        elif isinstance(node, ast.Call) and _is_small(node) and not isinstance(statement.node, ast.For):
            yield Proposal(node, statement.segment(node.args[0]), 1.8, ("drop call", _called(node)))
    whole = statement.node
    if isinstance(whole, ast.AugAssign) and isinstance(whole.op, ast.Mult | ast.Div):
        yield Proposal(whole.value, "1", 1.3, ("drop factor", statement.segment(whole.value)))


def _is_small(node: ast.Call) -> bool:
    """Whether a call has an array and at most one option."""
    return bool(node.args) and len(node.args) + len(node.keywords) <= 2 and not isinstance(node.args[0], ast.Starred)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _is_scalar(statement: Statement, scope: Scope, node: ast.expr) -> bool:
    """Whether an expression is surely a single number."""
    if isinstance(node, ast.Constant):
        return True
    known = scope.known(statement.segment(node))
    if known is not None:
        return known.kind in (Kind.COUNT, Kind.SCALAR)
    if isinstance(node, ast.BinOp):
        return _is_scalar(statement, scope, node.left) and _is_scalar(statement, scope, node.right)
    if isinstance(node, ast.UnaryOp):
        return _is_scalar(statement, scope, node.operand)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("len", "float", "int")
    return isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "shape"


def count(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Another number of samples, features or units where one is divided or multiplied by."""
    for node in statement.expressions:
        text = statement.segment(node)
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in (0, 1)
        if text not in scope.counts and not (number and not _is_index_or_axis(statement, node)):
            continue
        for place, other in enumerate(c for c in scope.counts if c != text):
            yield Proposal(node, other, (1.4 if number else 1.1) + 0.02 * place, ("count", text, other))


def scale(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """A factor for the whole result or for one of its factors: 1/n, n, 2, a half, the learning rate."""
    value = statement.value
    if value is None or isinstance(value, ast.Tuple | ast.List | ast.Dict | ast.Constant):
        roots = _elements(value) if value is not None else []
    else:
        roots = [value]
    for root in roots:
        text = _grouped(statement, root, (ast.Mult, ast.Div, ast.MatMult, ast.Pow))
        for place, n in enumerate(scope.counts):
            yield Proposal(root, f"{text} / {n}", 1.6 + 0.02 * place, ("divide", n))
            yield Proposal(root, f"{text} * {n}", 2.0 + 0.02 * place, ("multiply", n))
        yield Proposal(root, f"2 * {_grouped(statement, root, (ast.Mult, ast.Div, ast.Pow))}", 1.6, ("multiply", "2"))
        yield Proposal(root, f"{text} / 2", 1.7, ("divide", "2"))
        inner = root.right if isinstance(root, ast.BinOp) and isinstance(root.op, ast.Add | ast.Sub) else None
        for one in scope.of(Kind.SCALAR):
            if inner is not None and is_rate(one.text):
                step = f"{one.text} * {_grouped(statement, inner, (ast.Mult, ast.MatMult))}"
                yield Proposal(inner, step, 1.5, ("multiply", one.text))
            yield Proposal(root, f"{text} * {one.text}", 2.1, ("multiply", one.text))
            if one.shape == ():
                yield Proposal(root, f"{text} / {one.text}", 2.3, ("divide", one.text))


def _elements(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List):
        return list(node.elts)
    return list(node.values) if isinstance(node, ast.Dict) else []


def _grouped(statement: Statement, node: ast.expr, without: tuple[type[ast.operator], ...]) -> str:
    """The text of a node as the first factor of a product."""
    text = statement.segment(node)
    alone = not isinstance(node, ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Compare | ast.BoolOp | ast.Lambda)
    return text if alone or (isinstance(node, ast.BinOp) and isinstance(node.op, without)) else f"({text})"


def multiplicand(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """The whole result, or one call or variable in it, times one more array, or times 1 minus it."""
    value = statement.value
    if value is None:
        return
    text = _grouped(statement, value, (ast.Mult, ast.MatMult))
    for one in scope.variables:
        if one.kind in SIGNALS | {Kind.DERIVATIVE, Kind.DELTA} and (one.shape or scope.result_shape == ()):
            fits = scope.result_shape is None or one.shape == scope.result_shape
            size = 2.4 if fits else 3.2
            yield Proposal(value, f"{text} * {one.text}", size, ("multiply by", one.kind, one.text))
            yield Proposal(value, f"{text} * (1 - {one.text})", size + 0.1, ("multiply by", one.kind, one.text))


def product_term(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """One more product in the sum: an array of the forward pass, or weights, with what comes back."""
    value, shape = statement.value, scope.result_shape
    if value is None or not shape:
        return
    text = statement.segment(value)
    for delta in (one for one in scope.of(Kind.DELTA) if one.shape):
        for other in scope.of(*SIGNALS, Kind.PARAMETER):
            for product in _products(delta, other, shape):
                yield Proposal(value, f"{text} + {product}", 3.0, ("term", other.kind, product))


def _products(one: Variable, other: Variable, shape: tuple[int, ...]) -> Iterator[str]:
    """The ways to multiply two arrays so that the product has a shape."""
    if one.shape == other.shape == shape and one.kind is not other.kind:
        yield f"{one.text} * {other.text}"
    if len(one.shape) != 2 or len(other.shape) != 2:
        return
    for first, second in ((one, other), (other, one)):
        for a, rows, inner in ((first.text, *first.shape), (f"{first.text}.T", *first.shape[::-1])):
            for b, depth, columns in ((second.text, *second.shape), (f"{second.text}.T", *second.shape[::-1])):
                if inner == depth and (rows, columns) == shape:
                    yield f"{a} @ {b}"


def term(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """One more term of the sum: what comes back from elsewhere, a decay; in each part of what is returned."""
    value = statement.value
    if value is None:
        return
    parts = _elements(value)
    for root in parts or [value]:
        text, known = statement.segment(root), scope.known(statement.segment(root))
        shape = scope.result_shape if not parts else known.shape if known is not None else None
        if parts and not shape:
            continue
        for one in scope.of(Kind.DELTA, Kind.GRADIENT):
            if (shape and not one.shape) or one.text == text:
                continue
            size = 2.0 if shape is None or one.shape == shape else 3.0
            size -= 0.6 if one.text in scope.unread else 0.0
            yield Proposal(root, f"{text} + {one.text}", size, ("term", one.kind, one.text))
            yield Proposal(root, f"{text} - {one.text}", size + 0.1, ("term", one.kind, one.text))
            for place, n in enumerate(scope.counts[:4]):
                for sign in "+-":
                    part = f"{text} {sign} {one.text} / {n}"
                    yield Proposal(root, part, size + 0.4 + 0.02 * place, ("term", one.kind, one.text))
    for one in scope.of(Kind.PARAMETER) if not parts else ():
        for share in scope.of(Kind.SCALAR):
            if not is_rate(share.text):  # a learning rate may be the same number
                yield Proposal(value, f"{text} + {share.text} * {one.text}", 2.6, ("decay", share.text, one.text))


def added(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """A parameter added to a product of the forward pass: the bias that was left out."""
    value = statement.value
    if not isinstance(value, ast.BinOp | ast.Call) or scope.result_shape is None:
        return
    text = statement.segment(value)
    for one in scope.of(Kind.PARAMETER):
        wide = [size for size in one.shape if size > 1]
        if len(wide) == 1 and wide[0] in scope.result_shape:
            yield Proposal(value, f"{text} + {one.text}", 1.9, ("term", one.kind, one.text))
