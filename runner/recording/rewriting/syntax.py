"""Small questions about syntax trees, and the nodes that the rewritten code is made of."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, TypeVar

RUNTIME_NAME = "__whynan__"  # ends in underscores too: such names are not mangled inside a class
_JIT = frozenset({"jit", "njit", "vectorize_jit", "guvectorize", "autojit"})
_Syntax = TypeVar("_Syntax", bound=ast.AST)


def head_of(body: Sequence[ast.stmt]) -> int:
    """How many statements have to stay first: the docstring and imports from __future__."""
    head = 0
    for statement in body:
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (future or (head == 0 and text)):
            break
        head += 1
    return head


def compiles(decorator: ast.expr) -> bool:
    """Whether a decorator compiles the function, so that its Python would not run."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
    owner = named.value.id if isinstance(named, ast.Attribute) and isinstance(named.value, ast.Name) else ""
    return name in _JIT or owner in ("numba", "nb")


def stores_elements(target: ast.expr) -> bool:
    """Whether an element of something is assigned to, by itself or among others."""
    if isinstance(target, ast.Tuple | ast.List):
        return any(stores_elements(each) for each in target.elts)
    return isinstance(target.value if isinstance(target, ast.Starred) else target, ast.Subscript)


def is_number(node: ast.expr) -> bool:
    """Whether an expression is a number as it is written, or computed from such alone."""
    match node:
        case ast.Constant():
            return isinstance(node.value, int | float | complex)
        case ast.UnaryOp():
            return is_number(node.operand)
        case ast.BinOp():
            return is_number(node.left) and is_number(node.right)
    return False


def literals_in(nodes: Sequence[ast.expr]) -> frozenset[int | str]:
    """The positions of the expressions that are numbers as they are written."""
    return frozenset(position for position, node in enumerate(nodes) if is_number(node))


def value_of(node: ast.expr) -> Any:
    """The value of a constant expression, None where it has none."""
    try:
        return eval(compile(ast.Expression(node), "<constant>", "eval"), {})
    except (ArithmeticError, TypeError, ValueError):
        return None


def nesting_of(target: ast.expr | None) -> tuple[Any, ...] | None:
    """The nesting of an assignment's names: None for one name, a tuple of such for several."""
    if isinstance(target, ast.Tuple | ast.List):
        if any(isinstance(each, ast.Starred) for each in target.elts):
            return ()
        return tuple(nesting_of(each) for each in target.elts)
    return None


def runtime_method(name: str) -> ast.expr:
    """A method of the runtime, to be called."""
    return ast.Attribute(ast.Name(RUNTIME_NAME, ast.Load()), name, ast.Load())


def statement_of(node: ast.expr) -> ast.stmt:
    """An expression as a statement."""
    return ast.Expr(node)


def located(new: _Syntax, old: ast.AST) -> _Syntax:
    """`new` with the position of `old`, and everything in it that has none yet."""
    if "lineno" in new._attributes and getattr(new, "lineno", None) is None:
        ast.copy_location(new, old)
    for child in ast.iter_child_nodes(new):
        if "lineno" in child._attributes and getattr(child, "lineno", None) is None:
            located(child, old)
    return new


def completed(statement: ast.stmt) -> ast.stmt:
    """The statement with the position of its parent for every node that has none.

    As `ast.fix_missing_locations`, which goes through the statements of a class again for each edit of one of them:
    here those that are complete already are left alone.
    """
    _complete(statement, (1, 0, 1, 0))
    return statement


def _complete(node: ast.AST, outer: tuple[int, int, int, int]) -> None:
    if isinstance(node, ast.stmt):
        if getattr(node, "is_complete", False):
            return
        node.is_complete = True  # type: ignore[attr-defined]
    own = outer
    if "lineno" in node._attributes:
        given = (getattr(node, word, None) for word in ("lineno", "col_offset", "end_lineno", "end_col_offset"))
        own = tuple(one if mine is None else mine for mine, one in zip(given, outer, strict=True))  # type: ignore[assignment]
        node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = own  # type: ignore[attr-defined]
    for child in ast.iter_child_nodes(node):
        _complete(child, own)
