"""The derivative of an activation: another one, at another value, or where there is none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import SIGNALS, Kind, Scope, Variable
from runner.recording.edits.statement import Statement

# Derivatives by what they are written in: the activation's result A or its argument Z.
_FORMULAS = (
    ("sigmoid in A", "{v} * (1 - {v})"),
    ("tanh in A", "(1 - {v} ** 2)"),
    ("relu", "({v} > 0)"),
    ("tanh in Z", "(1 - {np}.tanh({v}) ** 2)"),
)
_OF_MATRICES = (
    ("sigmoid in A", "{np}.multiply({v}, 1 - {v})"),
    ("tanh in A", "(1 - {np}.multiply({v}, {v}))"),
    ("relu", "({v} > 0)"),
)
# What functions are called that are derivatives already.
_DERIVATIVES = ("prime", "deriv", "grad", "slope", "d_", "true")
_SIGMOID = "1 / (1 + {np}.exp(-{v}))"


def formulas(scope: Scope, one: Variable) -> Iterator[tuple[str, str]]:
    """The derivatives that can be written of one variable, as text fit for a product, each with its description."""
    for function in scope.functions:
        yield f"call at {one.kind}", function.call(one.text)
    for name, form in _OF_MATRICES if scope.matrices else _FORMULAS:
        yield name, form.format(v=one.text, np=scope.numpy)
    for function in scope.functions:
        once = function.call(one.text)
        if not any(word in function.form.lower() for word in _DERIVATIVES):
            yield f"of {function.form}", f"{once} * (1 - {once})"
            yield f"of {function.form}", f"(1 - {once} ** 2)"
    for slope in scope.numbers:
        if 0 < slope < 1:
            yield "leaky", f"{scope.numpy}.where({one.text} > 0, 1, {slope!r})"


def derivative(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Each factor that may be a derivative replaced by another, and the result times one where there is none."""
    for node in statement.expressions:
        if _may_be_derivative(statement, scope, node):
            was = statement.segment(node)
            for one in _signals(scope, was):
                near = 0.0 if one.text in was else 0.3
                for name, text in formulas(scope, one):
                    yield Proposal(node, text, 1.8 + near + _misfit(scope, one), ("replaced", was, name, one.kind))
        yield from _last_two(statement, scope, node)
    value = statement.value
    if value is not None and not isinstance(value, ast.Tuple | ast.List | ast.Dict | ast.Constant):
        products = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult | ast.MatMult | ast.Div)
        alone = not isinstance(value, ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Compare | ast.BoolOp | ast.Lambda)
        text = statement.segment(value)
        text = text if products or alone else f"({text})"
        for one in _signals(scope, ""):
            for name, form in formulas(scope, one):
                called = -0.05 if name.startswith("call") else 0.0
                size = 2.0 + called + _misfit(scope, one)
                whole = f"{text} * {form}"
                if scope.matrices:
                    whole = f"{scope.numpy}.multiply({statement.segment(value)}, {form})"
                yield Proposal(value, whole, size, ("missing", name, one.kind))
        yield from _within(statement, scope, value)


def _last_two(statement: Statement, scope: Scope, node: ast.expr) -> Iterator[Proposal]:
    """The last two factors of three, both made from forward values, replaced by one derivative."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.BinOp)):
        return
    first, second, third = node.left.left, node.left.right, node.right
    both = [*_variables(statement, scope, second), *_variables(statement, scope, third)]
    if not isinstance(node.left.op, ast.Mult) or not both or not {v.kind for v in both} <= SIGNALS:
        return
    was = f"{statement.segment(second)} * {statement.segment(third)}"
    for one in _signals(scope, was):
        for name, text in formulas(scope, one):
            whole = f"{statement.segment(first)} * {text}"
            yield Proposal(node, whole, 2.0 + _misfit(scope, one), ("replaced", was, name, one.kind))


def _signals(scope: Scope, was: str) -> list[Variable]:
    signals = [v for v in scope.variables if v.kind in SIGNALS and v.kind != Kind.DATA]
    return sorted(signals, key=lambda v: (v.text not in was, _misfit(scope, v)))


def _misfit(scope: Scope, one: Variable) -> float:
    return 0.0 if scope.result_shape is None or one.shape == scope.result_shape else 0.6


def _within(statement: Statement, scope: Scope, value: ast.expr) -> Iterator[Proposal]:
    """A derivative missing from a delta that is written inside a larger expression: `(d @ W.T)` times one."""
    for node in statement.expressions:
        if node is value:
            continue
        known = scope.known(statement.segment(node))
        is_delta = known is not None and known.kind is Kind.DELTA and isinstance(getattr(node, "ctx", None), ast.Load)
        if not (is_delta or (isinstance(node, ast.BinOp | ast.Call) and _holds_delta(statement, scope, node))):
            continue
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult | ast.Sub | ast.Mult):
            continue
        text = statement.segment(node)
        text = f"({text})" if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) else text
        for one in _signals(scope, ""):
            if known is not None and known.shape != one.shape:
                continue
            for name, form in formulas(scope, one):
                yield Proposal(node, f"{text} * {form}", 2.3, ("missing", name, one.kind))


def _holds_delta(statement: Statement, scope: Scope, node: ast.expr) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute | ast.Subscript):
            known = scope.known(statement.segment(part))
            if known is not None and known.kind is Kind.DELTA:
                return True
    return False


def _may_be_derivative(statement: Statement, scope: Scope, node: ast.expr) -> bool:
    """Whether an expression is made of forward values alone and is a factor, a result or an argument."""
    if not isinstance(node, ast.BinOp | ast.Call | ast.Compare | ast.UnaryOp | ast.Name | ast.Attribute):
        return False
    known = scope.known(statement.segment(node))
    if known is not None:
        if known.kind is not Kind.DERIVATIVE and not (known.kind in SIGNALS and _is_factor(statement, node)):
            return False
        return isinstance(getattr(node, "ctx", None), ast.Load)
    if not (_is_factor(statement, node) or node is statement.value):
        return False
    kinds = {known.kind for known in _variables(statement, scope, node)}
    return bool(kinds) and kinds <= SIGNALS | {Kind.DERIVATIVE, Kind.SCALAR, Kind.OTHER} and bool(kinds & SIGNALS)


def _is_factor(statement: Statement, node: ast.expr) -> bool:
    parent = statement.parent(node)
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, ast.Mult)
    return isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") == "multiply"


def _variables(statement: Statement, scope: Scope, node: ast.expr) -> Iterator[Variable]:
    """The outermost known variables inside an expression."""
    known = scope.known(statement.segment(node)) if hasattr(node, "lineno") else None
    if known is not None:
        yield known
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _variables(statement, scope, child)


def softmax(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """A delta through a softmax with the terms off the diagonal: p * (d - sum(p * d))."""
    value = statement.value
    if value is None:
        return
    for p in scope.of(Kind.ACTIVATION):
        for d in scope.of(Kind.DELTA):
            if p.shape != d.shape or not p.shape:
                continue
            along = "0" if len(p.shape) == 2 and p.shape[1] == 1 else "-1"
            for axis in dict.fromkeys((along, "-1", "0")):
                total = f"{scope.numpy}.sum({d.text} * {p.text}, axis={axis}, keepdims=True)"
                text = f"{p.text} * ({d.text} - {total})"
                yield Proposal(value, text, 3.0, ("softmax",))


def called(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Another function of theirs for the one that is called, a call left out or put around a variable."""
    for node in statement.expressions:
        if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Starred):
            argument = statement.segment(node.args[0])
            for function in scope.functions:
                yield Proposal(node, function.call(argument), 1.4, ("function", function.form))
            inner = scope.known(argument)
            if inner is not None and inner.kind in SIGNALS:
                yield Proposal(node, f"{statement.segment(node)} ** 2", 1.7, ("power",))
        known = scope.known(statement.segment(node))
        if known is not None and known.kind in SIGNALS and isinstance(getattr(node, "ctx", None), ast.Load):
            for function in scope.functions:
                yield Proposal(node, function.call(known.text), 1.7, ("call", function.form))
            yield Proposal(node, f"1 - {known.text}", 1.7, ("one minus",))
            yield Proposal(node, f"{known.text} ** 2", 1.7, ("power",))


def slope(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """In a function of one array: the derivative of another activation, in its argument, for what is returned."""
    for names, value in _returned(statement):
        for name in names[:2]:
            sigmoid = _SIGMOID.format(np=scope.numpy, v=name)
            texts = [(label, form.format(v=name, np=scope.numpy).strip("()")) for label, form in _FORMULAS]
            texts += [("sigmoid in Z", f"{sigmoid} * (1 - {sigmoid})")]
            texts += [(f"call of {f.form}", f"{c} * (1 - {c})") for f in scope.functions for c in [f.call(name)]]
            texts += [(f"call of {f.form}", f"1 - {f.call(name)} ** 2") for f in scope.functions]
            for label, text in texts:
                yield Proposal(value, text, 2.2, ("replaced", statement.segment(value), label, Kind.OTHER))


def _returned(statement: Statement) -> Iterator[tuple[list[str], ast.expr]]:
    """The arguments and the result of the function that a statement ends, and of those that are written in it."""
    function, value = statement.function, statement.value
    if function is not None and isinstance(statement.node, ast.Return | ast.Assign) and value is not None:
        yield [a.arg for a in function.args.args if a.arg not in ("self", "cls")], value
    for node in statement.expressions:
        if isinstance(node, ast.Lambda):
            yield [a.arg for a in node.args.args], node.body
