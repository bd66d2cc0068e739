"""Which line of a file computes an array of the gradients: the call is run line by line, and watched."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Answer = TypeVar("Answer")
# The lines on which an array is first there, and first given to a variable, not only returned; None where never.
Places = tuple[int | None, int | None]

# Larger arrays and longer calls are not watched.
_LARGEST, _MOST_EVENTS = 200_000, 5_000
_DEPTH = 3
_REMEMBERED = 300


@dataclass(frozen=True)
class Lines:
    """For one array: the line after which it was first there, None where it was never seen.

    `before` are the changes up to then, the last one last: the line, the name of what it changed, and the shapes of the
    arrays that were new.
    """

    computed: int | None
    before: list[tuple[int, str, list[tuple[int, ...]]]]

    def to_dict(self) -> dict[str, Any]:
        """As it is sent."""
        return asdict(self)


@dataclass
class _Change:
    line: int
    name: str
    arrays: list[Array]
    scope: int


def traced(
    file: Path, gradients: Callable[[], Sequence[Array]], parameters: Sequence[Array], scale: float = 1.0
) -> list[Lines]:
    """Where the arrays that `gradients()` gives are computed in `file`; an update multiplies them by `scale`.

    An array that is one of the `parameters` is not computed anywhere: told is the line that returns it.
    """
    watch, found = _watched(file, gradients)
    pairs = zip(found, parameters, strict=True)
    return [_lines(watch, [array, scale * array, parameter + scale * array], parameters) for array, parameter in pairs]


def first_seen(file: Path, call: Callable[[], object], targets: Sequence[Array]) -> list[Places]:
    """Where in `file` each of some arrays is first there during `call()`."""
    watch, _ = _watched(file, call)
    found = []
    for target in targets:
        changes = [change for change in watch.changes if any(_same(array, target) for array in change.arrays)]
        assigned = [change.line for change in changes if change.name != "return"]
        found.append((changes[0].line if changes else None, assigned[0] if assigned else None))
    return found


def _watched(file: Path, call: Callable[[], Answer]) -> tuple[_Watch, Answer]:
    watch = _Watch(str(file))
    before = sys.gettrace()
    sys.settrace(watch.call)
    try:
        return watch, call()
    finally:
        sys.settrace(before)


def _lines(watch: _Watch, targets: Sequence[Array], parameters: Sequence[Array]) -> Lines:
    """Where the first array appears that is one of `targets`: a gradient, an update, what an update makes."""
    returned = any(_same(targets[0], parameter) for parameter in parameters)
    for position, change in enumerate(watch.changes):
        if returned and change.name != "return":
            continue
        if any(_same(array, target) for array in change.arrays for target in targets):
            before = [(one.line, one.name, [array.shape for array in one.arrays]) for one in watch.changes[:position]]
            return Lines(change.line, before[-_REMEMBERED:])
    return Lines(None, [])


def _same(array: Array, target: Array) -> bool:
    """Whether an array is the target, perhaps transposed or flattened."""
    if array.size != target.size or not array.size:
        return False
    size = float(np.abs(target).max())
    if not np.isfinite(size) or size == 0.0:
        return False
    shapes = [array.reshape(-1), array.T.reshape(-1)] if array.ndim == 2 else [array.reshape(-1)]
    with np.errstate(all="ignore"):
        return any(bool(np.abs(one - target.reshape(-1)).max() <= 1e-9 * size) for one in shapes)


class _Watch:
    """What the variables of the file's functions become, line by line."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.changes: list[_Change] = []
        self._known: dict[tuple[int, str], list[int]] = {}
        self._line: dict[int, int] = {}

    def call(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        """Follow the functions of the file, and no others."""
        code = frame.f_code  # a comprehension gives new names to what is there already
        if code.co_filename != self._file or code.co_name.startswith("<") or len(self.changes) > _MOST_EVENTS:
            return None
        self._look(frame, note=False)
        self._line[id(frame)] = frame.f_lineno
        return self._step

    def _step(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        if event == "line" or event == "return":
            self._look(frame)
            self._line[id(frame)] = frame.f_lineno
        if event == "return":
            self._note(self._line[id(frame)], "return", _arrays(argument, 0), id(frame))
        return self._step

    def _look(self, frame: types.FrameType, *, note: bool = True) -> None:
        line = self._line.get(id(frame), frame.f_lineno)
        for name, value in list(frame.f_locals.items()):
            self._compare(id(frame), name, value, line, note=note)
            if name == "self" and hasattr(value, "__dict__"):
                for attribute, kept in list(vars(value).items()):
                    self._compare(id(value), f"self.{attribute}", kept, line, note=note)

    def _compare(self, owner: int, name: str, value: Any, line: int, *, note: bool) -> None:
        arrays = list(_arrays(value, 0))
        marks = [hash(array.tobytes()) for array in arrays]
        before = self._known.get((owner, name), [])
        self._known[owner, name] = marks
        if note and marks != before:
            new = [array for array, mark in zip(arrays, marks, strict=True) if mark not in before]
            if new:
                self._note(line, name, new, owner)

    def _note(self, line: int, name: str, arrays: Any, owner: int) -> None:
        self.changes.append(_Change(line, name, [np.array(array, dtype=np.float64) for array in arrays], owner))


def _arrays(value: Any, depth: int) -> Iterator[NDArray[Any]]:
    if isinstance(value, np.ndarray | np.number) and np.asarray(value).dtype.kind in "biuf":
        if np.size(value) <= _LARGEST:
            yield np.asarray(value)
    elif isinstance(value, list | tuple | dict) and depth < _DEPTH and len(value) <= 100:
        for one in value.values() if isinstance(value, dict) else value:
            yield from _arrays(one, depth + 1)
