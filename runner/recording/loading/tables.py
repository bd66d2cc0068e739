"""What a program expects of the tables that it reads: their columns, and the texts in these."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_SELECTING = frozenset({"drop", "dropna", "pop", "get_dummies", "set_index", "groupby"})


def columns_of(tree: ast.Module) -> list[str]:
    """The columns of a table that a program names: `df["age"]`, `df[["age", "fare"]]`, `df.drop("label", axis=1)`."""
    found: list[str] = []
    dicts = set(_dicts(tree))
    for node in ast.walk(tree):
        inner: list[ast.AST] = []
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and ast.unparse(node.value) not in dicts:
            inner = [node.slice, *(node.slice.elts if isinstance(node.slice, ast.List | ast.Tuple) else ())]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SELECTING:
            given = [*node.args, *(one.value for one in node.keywords)]
            inner = [one for value in given for one in ast.walk(value)]
        found += [one.value for one in inner if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return found


def texts_of(tree: ast.Module) -> dict[str, list[str]]:
    """The texts that columns of a table are expected to hold: `df["sex"].map({"male": 0, "female": 1})`."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        column, given = node.func.value, node.args[0]
        if node.func.attr not in ("map", "replace") or not isinstance(given, ast.Dict):
            continue
        name = column.slice if isinstance(column, ast.Subscript) else None
        keys = [key.value for key in given.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and keys:
            found[name.value] = keys
    return found


def _dicts(tree: ast.Module) -> Iterator[str]:
    """What is set to a dict somewhere, as `self.params = {}`: its keys are no columns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield from (ast.unparse(target) for target in node.targets)
