"""Which values of their code are followed, and the operands found among the arguments of an operation."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from runner.recording.taping.arguments import Slot
from runner.recording.taping.memory import Memory
from runner.recording.taping.node import Node, Place

_REAL = "biufc"  # kinds of dtype whose arrays are followed
_LARGEST_LIST = 200_000
_PLAIN = (int, bool, type(None), slice)
_WITHOUT_CODE = frozenset({"builtins", "numpy"})
_SLOTS = tuple(Slot(position) for position in range(64))
_FOLLOWED: dict[type, bool] = {}


def followed(value: object) -> bool:
    """Whether a value is an array or a number with an identity of its own."""
    if type(value) is np.ndarray:
        return value.dtype.kind in _REAL
    if isinstance(value, np.ndarray):
        return value.dtype.kind in _REAL and not isinstance(value, np.ma.MaskedArray)
    kind = type(value)
    known = _FOLLOWED.get(kind)
    if known is None:
        known = _FOLLOWED[kind] = kind in (float, complex) or issubclass(kind, np.number)
    return known


def anew(number: Any) -> Any:
    """The same number as another object."""
    return number.copy() if isinstance(number, np.generic) else number * 1.0


class Reader(Protocol):
    """What knows the nodes of values."""

    memory: Memory

    def node(self, value: Any, place: Place | None = ...) -> Node:
        """The node of an array or number, a leaf if it was not seen before."""
        ...


class Packing:
    """The operands of one operation, taken out of its arguments."""

    __slots__ = ("foreign", "operands", "parts", "recorder")

    def __init__(self, recorder: Reader) -> None:
        self.recorder = recorder
        self.operands: list[Node] = []
        self.parts: list[Place | None] = []
        self.foreign = False  # whether there are objects among the arguments whose own code may be run

    def of(self, value: Any, part: Place | None, depth: int = 0) -> Any:
        """`value` with a `Slot` for each number and array in it that is followed."""
        if followed(value):
            return self.slot(self.recorder.node(value, part), part)
        kind = type(value)
        if kind in (list, tuple) and depth < 5 and len(value) <= _LARGEST_LIST:
            return kind([self.of(each, part, depth + 1) for each in value])
        if kind in _PLAIN:
            return value
        opaque = self.recorder.memory.number(value)
        if opaque is None and kind.__module__.partition(".")[0] not in _WITHOUT_CODE:
            self.foreign = True
        return value if opaque is None else self.slot(opaque, part)

    def slot(self, node: Node, part: Place | None) -> Slot:
        """A slot for one more operand."""
        self.operands.append(node)
        self.parts.append(part)
        position = len(self.operands) - 1
        return _SLOTS[position] if position < len(_SLOTS) else Slot(position)
