"""Expressions that map what a subject has: `Weight_Grad(X, Y, Feedforward(X, Train=True))`.

They are Python, evaluated with X, Y, lr, n (the number of samples), self and np, then the subject's attributes by their
bare names (`__weights` included), then what its file defines. Several statements are separated by semicolons; the
value is that of the last.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from runner.subjects.complaint import Complaint

# What an expression may use beside the subject's own: numbers and containers, nothing that imports or opens.
_BUILTINS = {
    function.__name__: function
    for function in (abs, bool, dict, enumerate, float, int, len, list, max, min, range, reversed, round, sorted, sum)
} | {"tuple": tuple, "zip": zip, "isinstance": isinstance, "True": True, "False": False, "None": None}


@dataclass(frozen=True)
class _Statement:
    code: types.CodeType
    names: tuple[str, ...]
    stores: tuple[str, ...]
    gives: bool


class Expression:
    """A text, ready to be evaluated on a subject; `path` is the setting that it stands in, for complaints."""

    def __init__(self, text: str, path: str = "") -> None:
        self.text, self.path = text, path
        self.tree = _parsed(text, path)
        self._compiled: dict[type, tuple[_Statement, ...]] = {}

    @property
    def last(self) -> ast.expr:
        """The expression whose value counts."""
        statement = self.tree.body[-1]
        if not isinstance(statement, ast.Expr):
            raise Complaint(f"{self.text!r} must end with an expression, whose value counts", self.path)
        return statement.value

    def mentions(self, name: str) -> bool:
        """Whether a bare name occurs."""
        return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(self.tree))

    def evaluate(self, subject: Any, scope: Mapping[str, Any], module: Mapping[str, Any]) -> Any:
        """Its value; a `Complaint` where a name is unknown, and whatever the subject raises."""
        local: dict[str, Any] = {}
        value = None
        for statement in self._statements(subject):
            names = {name: self._find(name, local, subject, scope, module) for name in statement.names}
            # NumPy imports parts of itself when they are first used, with the import of whoever calls it.
            namespace = {"__builtins__": {**_BUILTINS, "__import__": builtins.__import__}, **names}
            if statement.gives:
                value = eval(statement.code, namespace)
            else:
                exec(statement.code, namespace)
                local.update((name, namespace[name]) for name in statement.stores if name in namespace)
        return value

    def _statements(self, subject: Any) -> tuple[_Statement, ...]:
        kind = type(subject)
        if kind not in self._compiled:
            tree = _Mangled(subject).visit(ast.parse(ast.unparse(self.tree)))
            ast.fix_missing_locations(tree)
            self._compiled[kind] = tuple(_statement(one) for one in tree.body)
        return self._compiled[kind]

    def _find(
        self, name: str, local: Mapping[str, Any], subject: Any, scope: Mapping[str, Any], module: Mapping[str, Any]
    ) -> Any:
        for names in (local, scope):
            if name in names:
                return names[name]
        attribute = private(subject, name)
        if hasattr(subject, attribute):
            return getattr(subject, attribute)
        for names in (module, {"np": np, "numpy": np}, _BUILTINS):
            if name in names:
                return names[name]
        raise Complaint(
            f"there is no {name!r} in the subject", self.path, public_names(subject), _nearest(name, subject)
        )


def private(subject: Any, name: str) -> str:
    """The attribute that `__name` is in a class, else `name` itself."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    mangled = [f"_{kind.__name__.lstrip('_')}{name}" for kind in type(subject).__mro__]
    return next((one for one in mangled if hasattr(subject, one)), name)


def public_names(subject: Any) -> tuple[str, ...]:
    """What a subject has, as it would be written in an expression."""
    own = (name for name in _own_names(subject) if not (name.startswith("__") and name.endswith("__")))
    return tuple(dict.fromkeys(_unmangled(subject, name) for name in own))


def _own_names(subject: Any) -> Iterator[str]:
    yield from vars(subject) if hasattr(subject, "__dict__") else ()
    if isinstance(subject, types.ModuleType):
        return
    for kind in type(subject).__mro__[:-1]:
        yield from vars(kind)


def _unmangled(subject: Any, name: str) -> str:
    for kind in type(subject).__mro__:
        prefix = f"_{kind.__name__.lstrip('_')}__"
        if name.startswith(prefix):
            return name[len(prefix) - 2 :]
    return name


def _nearest(name: str, subject: Any) -> str | None:
    from runner.errors import nearest

    return nearest(name, public_names(subject))


def _parsed(text: str, path: str) -> ast.Module:
    try:
        tree = ast.parse(text.strip())
    except SyntaxError as error:
        raise Complaint(f"{text!r} is no expression: {error.msg}", path) from None
    if not tree.body:
        raise Complaint("is empty", path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            raise Complaint(f"{text!r} must be an expression: nothing can be imported or defined in it", path)
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name.startswith("__") and name.endswith("__"):
            raise Complaint(f"{text!r}: {name} is Python's own and no part of the subject", path)
    return tree


def _statement(node: ast.stmt) -> _Statement:
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    stores = tuple({one.id for one in names if isinstance(one.ctx, ast.Store)})
    bound = set(stores) if not isinstance(node, ast.AugAssign) else set()
    loads = tuple({one.id for one in names if isinstance(one.ctx, ast.Load)} - (bound & _bound_within(node)))
    if isinstance(node, ast.Expr):
        return _Statement(compile(ast.Expression(node.value), "<subject.names>", "eval"), loads, (), True)
    return _Statement(compile(ast.Module([node], []), "<subject.names>", "exec"), loads, stores, False)


def _bound_within(node: ast.stmt) -> set[str]:
    """Names of comprehensions and lambdas."""
    bound: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.comprehension):
            bound |= {name.id for name in ast.walk(one.target) if isinstance(name, ast.Name)}
    return bound


class _Mangled(ast.NodeTransformer):
    """`self.__weights` as Python writes it within the class."""

    def __init__(self, subject: Any) -> None:
        self._subject = subject

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Rename a private attribute."""
        self.generic_visit(node)
        node.attr = private(self._subject, node.attr)
        return node
