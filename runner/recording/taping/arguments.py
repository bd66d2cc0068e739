"""The arguments of a recorded operation, which replay it with other values for its operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands in `Arguments` where the value of an operand goes; `position` is its position among the operands."""

    position: int


@dataclass(slots=True, eq=False)
class Arguments:
    """The arguments of a call, with a `Slot` wherever the value of an operand stood, inside lists and tuples too."""

    positional: tuple[Any, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def filled(self, values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with `values` in the place of the operands."""
        return _filled(self.positional, values), {name: _filled(value, values) for name, value in self.keywords.items()}


def _filled(item: Any, values: Sequence[Any]) -> Any:
    if isinstance(item, Slot):
        return values[item.position]
    if type(item) in (list, tuple):
        return type(item)(_filled(each, values) for each in item)
    if type(item) is dict:
        return {name: _filled(each, values) for name, each in item.items()}
    return item
