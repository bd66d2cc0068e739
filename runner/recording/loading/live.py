"""A class or function of a running notebook or script as a file of its own: its source, and all that it needs."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from runner.errors import Problem, UserError
from runner.recording.loading.spelling import Spelled
from runner.subjects import naming_habits as habits
from runner.subjects.naming_habits import plain

_PLAIN = (bool, int, float, str, bytes, type(None))
_LONGEST = 10_000


def as_file(thing: Any, folder: Path) -> str:
    """FILE:NAME for a class or function: its own file, or one in `folder` where it was typed into a session.

    Samples of the session that have a usual name (`X`, `y_train`) come along. Raises `UserError` where its source is
    not known.
    """
    name = getattr(thing, "__qualname__", "")
    module = sys.modules.get(getattr(thing, "__module__", ""))
    file = getattr(module, "__file__", None)
    if not name or "<" in name or module is None:
        raise UserError(Problem("", "a class or a function with a name is checked", given=repr(thing)))
    if module.__name__ != "__main__" and file is not None:
        return f"{file}:{name}"
    written = Written(vars(module), folder)
    written.add(thing)
    for other, value in vars(module).items():
        if isinstance(value, np.ndarray) and plain(other) in (*habits.INPUTS, *habits.TARGETS):
            written.add_value(other, value)
    path = folder / f"{name}.py"
    path.write_text(written.text(), encoding="utf-8")
    return f"{path}:{name}"


class Written:
    """The lines of the file, in an order in which everything is there before it is used."""

    def __init__(self, namespace: Mapping[str, Any], folder: Path) -> None:
        self._namespace, self._folder = namespace, folder
        self._imports: dict[str, str] = {"np": "import numpy as np"}
        self._values: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._seen: set[str] = set()
        self._spelled = Spelled(folder)
        self._has_state = False

    def add(self, thing: Any) -> None:
        """The source of a class or function, after that of what it uses."""
        try:
            source = textwrap.dedent(_source_of(thing))
        except (OSError, TypeError):
            message = f"the source of {thing.__qualname__} is not known to Python: save it in a file and check that"
            raise UserError(message) from None
        self._seen.add(thing.__name__)
        self.add_names_in(ast.parse(source))
        self._sources[thing.__name__] = source

    def add_names_in(self, tree: ast.AST) -> None:
        """All of the session that some code uses."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in self._namespace and node.id not in self._seen:
                self._seen.add(node.id)
                self._add_name(node.id, self._namespace[node.id])

    def add_state(self, tree: ast.AST) -> None:
        """What some code uses, with all of its values: objects with their attributes, arrays in lists and dicts.

        What can't be written down is left out.
        """
        self._has_state = True
        self.add_names_in(tree)

    def add_value(self, name: str, value: Any) -> None:
        """A number, a text, a list of them, or an array; anything with a state where that is asked for."""
        if self._has_state:
            self._add_with_state(name, value)
            return
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            file = self._folder / f"{name}.npy"
            np.save(file, value)
            self._values[name] = f"{name} = np.load({str(file)!r})"
        elif _is_plain(value) and len(repr(value)) <= _LONGEST:
            self._values[name] = f"{name} = {value!r}"

    def text(self) -> str:
        """The file."""
        values = [*self._values.values(), *self._spelled.plain]
        objects = [*self._spelled.lines]
        return "\n".join([*self._imports.values(), "", *values, "", "", *self._sources.values(), *objects])

    def _add_with_state(self, name: str, value: Any) -> None:
        if self._spelled.add(name, value):
            for kind in self._spelled.kinds:
                if kind.__name__ not in self._seen:
                    self.add(kind)

    def _add_name(self, name: str, value: Any) -> None:
        if isinstance(value, types.ModuleType):
            self._imports[name] = f"import {value.__name__} as {name}"
        elif isinstance(value, types.FunctionType | type) and value.__module__ == "__main__":
            self.add(value)
        elif isinstance(value, types.FunctionType | types.BuiltinFunctionType | type | np.ufunc):
            origin = getattr(value, "__module__", None) or "numpy"
            self._imports[name] = f"from {origin} import {value.__name__} as {name}"
        else:
            self.add_value(name, value)


def _source_of(thing: Any) -> str:
    """Its source; that of a class of a notebook by its methods, as `inspect` needs a file of its module."""
    held = vars(thing).values() if inspect.isclass(thing) else ()
    code = next((one.__code__ for one in held if isinstance(one, types.FunctionType)), None)
    if code is None:
        return inspect.getsource(thing)
    lines = linecache.getlines(code.co_filename)
    for node in ast.walk(ast.parse("".join(lines))):
        if not isinstance(node, ast.ClassDef) or node.name != thing.__name__ or node.end_lineno is None:
            continue
        if node.lineno <= code.co_firstlineno <= node.end_lineno:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            return "".join(lines[first - 1 : node.end_lineno])
    return inspect.getsource(thing)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain(one) for one in value)
    return isinstance(value, _PLAIN)
