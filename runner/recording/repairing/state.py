"""What their functions leave changed when a single statement is tried: put back, so that each try begins alike."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from runner.recording.repairing.looking import evaluated

_DEEP = 4
_PASSIVE = (np.ndarray, np.generic, int, float, complex, str, bytes, bool, type(None), type, types.ModuleType)


@contextmanager
def restored(names: Mapping[str, Any]) -> Iterator[None]:
    """Attributes, items and elements as they were before, for whatever these names hold."""
    objects: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
    lists: list[tuple[list[Any], list[Any]]] = []
    arrays: list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
    seen: set[int] = set()

    def keep(value: Any, depth: int) -> None:
        if id(value) in seen or depth > _DEEP:
            return
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            if value.flags.writeable and value.dtype.kind in "fiub":
                arrays.append((value, value.copy()))
        elif isinstance(value, _PASSIVE):
            return
        elif isinstance(value, list):
            lists.append((value, list(value)))
            for one in value:
                keep(one, depth + 1)
        elif isinstance(value, tuple):
            for one in value:
                keep(one, depth + 1)
        else:
            inside = value if isinstance(value, dict) else getattr(value, "__dict__", None)
            if isinstance(inside, dict) and not isinstance(value, types.FunctionType):
                objects.append((inside, dict(inside)))
                for one in list(inside.values()):
                    keep(one, depth + 1)

    for one in names.values():
        keep(one, 0)
    try:
        yield
    finally:
        for inside, before in objects:
            inside.clear()
            inside.update(before)
        for value, elements in lists:
            value[:] = elements
        for array, copy in arrays:
            array[...] = copy


def calls_their_own(statement: ast.stmt, names: Mapping[str, Any]) -> bool:
    """Whether a statement calls a function or a method of theirs, which may change what it is given."""
    called = [ast.unparse(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)]
    functions = [evaluated(text, names) for text in called]
    return any(isinstance(getattr(one, "__func__", one), types.FunctionType) for one in functions)
