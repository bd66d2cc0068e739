"""One statement of theirs run alone, on variables taken from a run."""

from __future__ import annotations

import ast
import builtins
import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Result:
    """What a statement makes: one value, or the parts of a tuple, list or dict."""

    parts: tuple[Any, ...]


STORED = "_stored_"


def made(code: CodeType, names: Mapping[str, Any]) -> Result | None:
    """What a statement assigns, adds up to or returns, its targets left alone; None where it raises.

    What warns or overflows goes unheard; whoever tries many puts `quiet` around them.
    """
    space = {"__builtins__": builtins, **names}
    try:
        if code.co_name == "<module>" and STORED in code.co_names:
            exec(code, space)
            result = space[STORED]
        else:
            result = eval(code, space)
    except Exception:
        return None
    return Result(tuple(_parts(result)))


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings from what is tried."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def stores(statement: ast.stmt, names: Mapping[str, Any]) -> bool:
    """Whether a statement writes into a part of an array that has a name: `dZ[Z <= 0] = 0`, `np.add.at(g, i, d)`."""
    base = _stored(statement)
    return base is not None and isinstance(names.get(base), np.ndarray)


def code_of_store(statement: ast.stmt) -> CodeType | None:
    """The code that writes into a copy of the array, which is the result."""
    base = _stored(statement)
    if base is None:
        return None
    before = ast.parse(f"{base} = {base}.copy()").body
    after = ast.parse(f"{STORED} = {base}").body
    try:
        return compile(ast.Module([*before, statement, *after], []), "<trial>", "exec")
    except (SyntaxError, ValueError):
        return None


def _stored(statement: ast.stmt) -> str | None:
    """The name of what a statement writes into a part of."""
    target: ast.expr | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        target = statement.target
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and statement.value.args:
        called = statement.value.func
        return getattr(statement.value.args[0], "id", None) if getattr(called, "attr", "") == "at" else None
    return target.value.id if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) else None


def code_of(statement: ast.stmt) -> CodeType | None:
    """The code of what a statement assigns, adds up to or returns; None where it does nothing of the kind."""
    return _compiled(_value(statement))


def code_of_step(statement: ast.stmt) -> CodeType | None:
    """The code of what a statement adds to its target, or takes from it."""
    value: ast.expr | None = None
    if isinstance(statement, ast.AugAssign):
        value = statement.value
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        whole = statement.value
        target = copy.deepcopy(statement.targets[0])
        again = ast.unparse(target) in (ast.unparse(node) for node in ast.walk(whole) if isinstance(node, ast.expr))
        if not again and isinstance(whole, ast.BinOp) and isinstance(whole.op, ast.Add | ast.Sub):
            target = copy.deepcopy(whole.left)
        if isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
            target.ctx = ast.Load()
            value = ast.fix_missing_locations(ast.BinOp(statement.value, ast.Sub(), target))
    return _compiled(value)


def _compiled(value: ast.expr | None) -> CodeType | None:
    if value is None:
        return None
    try:
        return compile(ast.Expression(value), "<trial>", "eval")
    except (SyntaxError, ValueError):
        return None


def _value(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.AugAssign):
        target = copy.deepcopy(statement.target)
        target.ctx = ast.Load()
        return ast.fix_missing_locations(ast.BinOp(target, statement.op, statement.value))
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return):
        return statement.value
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        # What is appended or inserted is what is made.
        called = statement.value
        name = called.func.attr if isinstance(called.func, ast.Attribute) else ""
        if name in ("append", "insert", "appendleft") and called.args:
            return called.args[-1]
    return None


def _parts(result: Any) -> Iterator[Any]:
    if isinstance(result, tuple | list):
        for item in result:
            yield from _parts(item)
    elif isinstance(result, dict):
        for item in result.values():
            yield from _parts(item)
    else:
        yield result
