"""What can be looked up at a statement: the value of an expression, and every expression that has one."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from runner.recording.edits.statement import Statement


def evaluated(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression, None where it has none there."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return eval(text, {}, dict(names))
    except Exception:
        return None


def readable(statement: Statement, names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every way to write a value there: names, attributes of objects, items of dicts, and what the source writes."""
    own = statement.function if statement.function is not None else statement.source.tree
    used = {n.id for n in ast.walk(own) if isinstance(n, ast.Name)}
    for node in ast.walk(own):
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and is_plain(node):
            text = statement.source.segment(node)
            value = None if isinstance(node.ctx, ast.Store) and "[" in text else evaluated(text, names)
            if value is not None and not text.endswith(".T"):
                yield text, value
    yield from _items(statement, own, names)
    for name, value in names.items():
        if name.startswith("__") or not name.isidentifier():
            continue
        if isinstance(value, dict) and name in used:
            yield from ((f'{name}["{key}"]', item) for key, item in value.items() if isinstance(key, str))
        elif name in used and hasattr(value, "__dict__") and not callable(value) and not isinstance(value, type(np)):
            yield from ((f"{name}.{key}", item) for key, item in vars(value).items() if key.isidentifier())
        else:
            yield name, value


def _items(statement: Statement, own: ast.AST, names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every list or dict that is indexed there with every index that occurs there."""
    nodes = [n for n in ast.walk(own) if isinstance(n, ast.Subscript) and is_plain(n)]
    lists = dict.fromkeys(statement.source.segment(n.value) for n in nodes)
    indices = dict.fromkeys(statement.source.segment(n.slice) for n in nodes)
    loops = [n.slice.id for n in nodes if isinstance(n.slice, ast.Name)]
    indices |= dict.fromkeys(f"{name} {sign} 1" for name in loops for sign in "-+")
    for one in lists:
        if not isinstance(evaluated(one, names), list | tuple | dict):
            continue
        for index in indices:
            value = evaluated(f"{one}[{index}]", names)
            if value is not None:
                yield f"{one}[{index}]", value


def is_plain(node: ast.expr) -> bool:
    """Whether evaluating an expression does nothing but look values up."""
    if isinstance(node, ast.Name | ast.Constant):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr not in ("shape", "size", "T") and is_plain(node.value)
    if isinstance(node, ast.Subscript):
        return is_plain(node.value) and is_plain(node.slice)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Sub) and is_plain(node.left) and is_plain(node.right)
    if isinstance(node, ast.Slice):
        return all(is_plain(bound) for bound in (node.lower, node.upper, node.step) if bound is not None)
    if isinstance(node, ast.Tuple):
        return all(is_plain(each) for each in node.elts)
    return isinstance(node, ast.UnaryOp) and is_plain(node.operand)
