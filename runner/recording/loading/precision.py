"""Programs in single precision are run in double, where a mistake can be distinguished from rounding."""

from __future__ import annotations

import ast

_SINGLE = {"float32", "float16", "half", "single"}
_LETTERS = ("f4", "f2", "f")
SHORTER = (*_SINGLE, *(quote + letter + quote for letter in _LETTERS for quote in "\"'"))


def doubled(tree: ast.Module) -> None:
    """Write float64 for NumPy's shorter floats: `np.float32`, and "float32" where a call names a type."""
    modules = {one.asname or one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _SINGLE:
            if isinstance(node.value, ast.Name) and node.value.id in modules:
                node.attr = "float64"
        elif isinstance(node, ast.Call):
            named = [one.value for one in node.keywords if one.arg == "dtype"]
            if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
                named += node.args[:1]
            for one in named:
                if isinstance(one, ast.Constant) and one.value in (*_SINGLE, *_LETTERS):
                    one.value = "float64"
