"""Values of a running session written down as lines of Python: numbers, arrays, containers, objects, generators.

What is held twice is written once, so that two names for one array stay two names for one array.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from runner.subjects.parameters import attributes

_PLAIN = (bool, int, float, str, bytes, type(None))
_LONGEST = 10_000
_DEPTH = 6
_FOREIGN = ("builtins", "numpy", "types", "functools", "collections")

_OBJECT = """
def __made(kind, held):
    made = object.__new__(kind)
    for name, value in held.items():
        object.__setattr__(made, name, value)
    return made
"""
_GENERATOR = """
def __generator(state):
    made = np.random.Generator(getattr(np.random, state["bit_generator"])())
    made.bit_generator.state = state
    return made
"""


class Spelled:
    """The lines, in an order in which each value is there before it is used; `kinds` are the classes they need.

    `plain` are those of numbers and texts, which need no class.
    """

    def __init__(self, folder: Path) -> None:
        self.lines: list[str] = []
        self.plain: list[str] = []
        self.kinds: list[type] = []
        self._folder = folder
        self._known: dict[int, str] = {}
        self._held: list[Any] = []
        self._helpers: set[str] = set()

    def add(self, name: str, value: Any) -> bool:
        """Write a value under a name; whether that could be done."""
        lines, known = list(self.lines), dict(self._known)
        try:
            text = self._text(value, _DEPTH)
        except ValueError:
            self.lines, self._known = lines, known
            return False
        (self.plain if isinstance(value, _PLAIN) else self.lines).append(f"{name} = {text}")
        return True

    def _text(self, value: Any, depth: int) -> str:
        """The expression of a value; `ValueError` where it has none."""
        if isinstance(value, (*_PLAIN, np.number, np.bool_)):
            text = repr(value.item() if isinstance(value, np.number | np.bool_) else value)
            if len(text) > _LONGEST:
                raise ValueError
            return {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}.get(text, text)
        if id(value) in self._known:
            return self._known[id(value)]
        if not depth:
            raise ValueError
        text = self._made(value, depth - 1)
        if isinstance(value, tuple):
            return text
        variable = f"__value{len(self._known)}"
        self.lines.append(f"{variable} = {text}")
        self._known[id(value)] = variable
        self._held.append(value)  # so that its id stays its own
        return variable

    def _made(self, value: Any, depth: int) -> str:
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            file = self._folder / f"array{len(self._known)}.npy"
            np.save(file, value)
            return f"np.load({str(file)!r}).copy()"
        if isinstance(value, np.random.Generator):
            self._help(_GENERATOR)
            return f"__generator({_plain(value.bit_generator.state)!r})"
        if type(value) is dict:
            pairs = (f"{self._text(key, depth)}: {self._text(one, depth)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        if type(value) in (list, tuple):
            parts = [self._text(one, depth) for one in value]
            return f"[{', '.join(parts)}]" if isinstance(value, list) else f"({''.join(f'{one}, ' for one in parts)})"
        if hasattr(value, "__dict__") and type(value).__module__ == "__main__":
            self._help(_OBJECT)
            held = dict(attributes(value))
            self.kinds.append(type(value))
            return f"__made({type(value).__name__}, {self._made(held, depth)})"
        raise ValueError

    def _help(self, text: str) -> None:
        if text not in self._helpers:
            self._helpers.add(text)
            self.lines.append(text)


def _plain(value: Any) -> Any:
    """A state without arrays, as its repr can be read."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else int(value) if isinstance(value, np.integer) else value
