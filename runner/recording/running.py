"""One statement of theirs run alone, on variables taken from a run."""

from __future__ import annotations

import ast
import builtins
import copy
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Result:
    """What a statement makes: one value, or the parts of a tuple, list or dict."""

    parts: tuple[Any, ...]


def made(code: CodeType, names: Mapping[str, Any]) -> Result | None:
    """What a statement assigns, adds up to or returns, its targets left alone; None where it raises."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = eval(code, {"__builtins__": builtins, **names})
    except Exception:
        return None
    return Result(tuple(_parts(result)))


def code_of(statement: ast.stmt) -> CodeType | None:
    """The code of what a statement assigns, adds up to or returns; None where it does nothing of the kind."""
    value = _value(statement)
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
