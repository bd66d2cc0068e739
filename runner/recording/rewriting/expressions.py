"""How their expressions are rewritten."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from runner.recording.rewriting.operators import BINARY, COMPARISONS, UNARY
from runner.recording.rewriting.sites import Places, Site, added
from runner.recording.rewriting.syntax import is_number, literals_in, located, nesting_of, runtime_method, value_of
from runner.recording.taping.node import Statement

_ARRAY_ATTRIBUTES = frozenset({"T", "mT", "H", "I", "A", "A1", "real", "imag", "flat"})
_UNTOUCHED_CALLS = frozenset(
    {"super", "locals", "globals", "vars", "dir", "eval", "exec", "print", "len", "range", "isinstance", "type"}
    | {"hasattr", "issubclass", "callable", "id", "input", "open", "breakpoint", "__import__"}
)  # the first seven look at the frame that calls them, the others give no numbers
_BARE = (ast.Name, ast.Attribute, ast.Subscript, ast.IfExp, ast.NamedExpr, ast.BoolOp, ast.Call, ast.Await)
_Syntax = TypeVar("_Syntax", bound=ast.AST)


class ExpressionRewriter:
    """Rewrites the expressions of one file in place; what statements are made of is left to the class below it."""

    def __init__(self, source: str, file: Path) -> None:
        self._places = Places(source, file)
        self._statement: Statement | None = None

    def _body(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        raise NotImplementedError

    def _inside(self, node: _Syntax) -> _Syntax:
        """`node` with everything in it rewritten."""
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    setattr(node, name, self._body(value))
                else:
                    setattr(node, name, [self._any(each) for each in value])
            elif name != "annotation":
                setattr(node, name, self._any(value))
        return node

    def _any(self, value: Any) -> Any:
        if isinstance(value, ast.expr):
            return self._expr(value)
        return self._inside(value) if isinstance(value, ast.AST) else value

    def _expr(self, node: ast.expr) -> ast.expr:
        special = getattr(self, f"_on_{type(node).__name__.lower()}", None)
        new: ast.expr = special(node) if special is not None else self._inside(node)
        return located(new, node)

    def _on_binop(self, node: ast.BinOp) -> ast.expr:
        if is_number(node):
            return node
        op, function = BINARY[type(node.op)]
        parts = self._places.of(node.left), self._places.of(node.right)
        literals = literals_in([node.left, node.right])
        operands = [self._expr(node.left), self._expr(node.right)]
        return self._report("binary", node, operands, op=op, function=function, parts=parts, literals=literals)

    def _on_unaryop(self, node: ast.UnaryOp) -> ast.expr:
        if is_number(node) or isinstance(node.op, ast.Not):
            return self._inside(node)
        op, function = UNARY[type(node.op)]
        parts = (self._places.of(node.operand),)
        return self._report("unary", node, [self._expr(node.operand)], op=op, function=function, parts=parts)

    def _on_compare(self, node: ast.Compare) -> ast.expr:
        kind = type(node.ops[0])
        if len(node.ops) > 1 or kind not in COMPARISONS:
            return self._inside(node)
        op, function = COMPARISONS[kind]
        left, right = node.left, node.comparators[0]
        parts, literals = (self._places.of(left), self._places.of(right)), literals_in([left, right])
        operands = [self._expr(left), self._expr(right)]
        return self._report("binary", node, operands, op=op, function=function, parts=parts, literals=literals)

    def _on_subscript(self, node: ast.Subscript) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return self._inside(node)
        parts = self._places.of(node.value), self._places.of(node.slice)
        arguments = [self._expr(node.value), self._index(node.slice)]
        return self._report("getitem", node, arguments, op="getitem", parts=parts)

    def _index(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Tuple):
            node.elts = [self._index(each) for each in node.elts]
            return node
        if isinstance(node, ast.Slice):
            bounds: list[ast.expr] = [
                ast.Constant(None) if bound is None else self._expr(bound)
                for bound in (node.lower, node.upper, node.step)
            ]
            return located(ast.Call(runtime_method("slice"), bounds, []), node)
        return self._expr(node)

    def _on_attribute(self, node: ast.Attribute) -> ast.expr:
        value = self._expr(node.value)
        if isinstance(node.ctx, ast.Load) and node.attr in _ARRAY_ATTRIBUTES:
            parts = (self._places.of(node.value),)
            return self._report("attribute", node, [value], op=node.attr, name=node.attr, parts=parts)
        node.value = value
        return node

    def _on_call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id in _UNTOUCHED_CALLS:
            return self._inside(node)
        parts = tuple(None if isinstance(each, ast.Starred) else self._places.of(each) for each in node.args)
        keywords = {each.arg: self._places.of(each.value) for each in node.keywords if each.arg is not None}
        receiver = self._places.of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        literals = literals_in(node.args) | {each.arg for each in node.keywords if each.arg and is_number(each.value)}
        function = self._expr(node.func)
        arguments = [function, *(self._expr(each) for each in node.args)]
        what = {"parts": parts, "keywords": keywords, "receiver": receiver, "literals": literals}
        call = self._report("call", node, arguments, **what)
        call.keywords = [self._inside(each) for each in node.keywords]
        return call

    def _on_starred(self, node: ast.Starred) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            node.value = self._iterated(node.value, None)
        return node

    def _on_lambda(self, node: ast.Lambda) -> ast.expr:
        node.args = self._inside(node.args)
        node.body = self._kept(node.body)
        return node

    def _on_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.iter = self._expr(node.iter) if node.is_async else self._iterated(node.iter, node.target)
        node.ifs = [self._expr(each) for each in node.ifs]
        return node

    def _on_listcomp(self, node: Any) -> ast.expr:
        node.generators = [self._on_comprehension(each) for each in node.generators]
        node.elt = self._kept(node.elt)
        return node  # type: ignore[no-any-return]

    _on_setcomp = _on_generatorexp = _on_listcomp

    def _on_dictcomp(self, node: ast.DictComp) -> ast.expr:
        node.generators = [self._on_comprehension(each) for each in node.generators]
        node.key, node.value = self._expr(node.key), self._kept(node.value)
        return node

    def _on_joinedstr(self, node: ast.JoinedStr) -> ast.expr:
        return node  # before Python 3.12 what stands in an f-string has no place of its own

    def _on_yield(self, node: ast.Yield) -> ast.expr:
        if node.value is not None:
            node.value = self._kept(node.value)
        return node

    def _kept(self, node: ast.expr) -> ast.expr:
        """`node` rewritten, and reported under its place where it only passes on what it names."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            node.elts = [each if isinstance(each, ast.Starred) else self._kept(each) for each in node.elts]
            return node
        if isinstance(node, ast.Dict):
            node.keys = [None if key is None else self._expr(key) for key in node.keys]
            node.values = [
                self._expr(value) if key is None else self._kept(value)
                for key, value in zip(node.keys, node.values, strict=True)
            ]
            return node
        if is_number(node) and isinstance(value_of(node), float):
            # equal literals are one object, and parameters that start equal must not be taken for one
            return located(ast.Call(runtime_method("fresh"), [node], []), node)
        if isinstance(node, _BARE):
            parts = (self._places.of(node),)
            return located(self._report("keep", node, [self._expr(node)], op="same", parts=parts), node)
        return self._expr(node)

    def _iterated(self, node: ast.expr, target: ast.expr | None) -> ast.expr:
        if isinstance(node, ast.Tuple | ast.List | ast.Constant):
            return self._kept(node)
        new = self._report("iterate", node, [self._expr(node)], op="getitem", shape=nesting_of(target))
        return located(new, node)

    def _unpacked(self, new: ast.expr, node: ast.expr, target: ast.expr | None) -> ast.expr:
        shape = nesting_of(target)
        if shape is None:
            return new
        if isinstance(node, ast.Tuple | ast.List):
            if isinstance(new, ast.Tuple | ast.List) and isinstance(target, ast.Tuple | ast.List):
                pairs = zip(new.elts, node.elts, target.elts, strict=False)
                new.elts = [self._unpacked(*each) for each in pairs] if len(new.elts) == len(shape) else new.elts
            return new
        return located(self._report("unpack", node, [new], op="getitem", shape=shape), node)

    def _report(self, method: str, node: ast.expr | ast.stmt, arguments: Sequence[ast.expr], **what: Any) -> ast.Call:
        assert self._statement is not None
        whole = isinstance(node, ast.stmt)
        site = Site(self._statement.place if whole else self._places.of(node), self._statement, **what)
        return ast.Call(runtime_method(method), [ast.Constant(added(site)), *arguments], [])
