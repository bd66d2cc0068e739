"""Reading a parameter by its name while the script runs: `W1`, `layers[0].weights`, `params['W1']`, `self.W1`."""

from __future__ import annotations

import ast
from types import FrameType
from typing import Any

Key = tuple[bool, Any]  # whether it is an attribute, and its name, else the index


class Reader:
    """Where a parameter is kept, from a variable that a frame sees."""

    def __init__(self, name: str, root: str, keys: list[Key]) -> None:
        self.name, self._root, self._keys = name, root, keys

    @classmethod
    def of(cls, name: str, frame: FrameType) -> Reader | None:
        """A reader of the name as the search for parameters gives it; None where nothing is there."""
        tree = ast.parse(name, mode="eval").body
        keys: list[Key] = []
        while not isinstance(tree, ast.Name):
            if isinstance(tree, ast.Attribute):
                keys.insert(0, (True, tree.attr))
                tree = tree.value
            elif isinstance(tree, ast.Subscript):
                keys.insert(0, (False, ast.literal_eval(tree.slice)))
                tree = tree.value
            else:
                return None
        for reader in (cls(name, tree.id, keys), cls(name, "self", [(True, tree.id), *keys])):
            try:
                reader._settle(frame)
            except (LookupError, AttributeError, TypeError):
                continue
            return reader
        return None

    def read(self, own: Any, shared: Any) -> Any:
        """What is there now, by a frame's variables. `LookupError`, `AttributeError`, `TypeError` where nothing is."""
        root = self._root
        value = own[root] if root in own else shared[root]
        for is_attribute, key in self._keys:
            value = getattr(value, key) if is_attribute else value[key]
        return value

    def _settle(self, frame: FrameType) -> None:
        """Find the real names of private attributes."""
        value = _variable(frame, self._root)
        for place, (is_attribute, key) in enumerate(self._keys):
            if is_attribute and not hasattr(value, key):
                key = f"_{type(value).__name__.lstrip('_')}{'' if key.startswith('__') else '__'}{key}"
                self._keys[place] = True, key
            value = getattr(value, key) if is_attribute else value[key]


def _variable(frame: FrameType, name: str) -> Any:
    own = frame.f_locals
    return own[name] if name in own else frame.f_globals[name]
