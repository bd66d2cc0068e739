"""Where a running program keeps its numbers: variables of a frame, attributes, items, down a few levels."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.subjects.parameters import Place, attributes

# Where the search begins; asked for anew each time, since a program puts other objects in the same places.
Roots = Callable[[], Iterator[tuple[str, Place, Any]]]

# How deep, and how much, is searched.
_DEPTH, _MOST = 9, 20_000
# A list of more numbers than these holds samples.
_LONG = 64
_FOREIGN = ("builtins", "numpy", "types", "functools", "random", "collections")


class Variables:
    """The local variables of a running function, as something that has items."""

    def __init__(self, frame: types.FrameType) -> None:
        self._frame = frame

    def __getitem__(self, name: str) -> Any:
        return self._frame.f_locals[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._frame.f_locals[name] = value
        if sys.version_info < (3, 13):  # later ones write through
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(self._frame), ctypes.c_int(0))


def variables(frame: types.FrameType) -> Iterator[tuple[str, Place, Any]]:
    """The variables that a frame sees, its own first."""
    is_module = frame.f_locals is frame.f_globals
    if not is_module:
        own = Variables(frame)
        for name, value in dict(frame.f_locals).items():
            yield name, Place(own, name, False), value
    for name, value in list(frame.f_globals.items()):
        if not name.startswith("__"):
            yield name, Place(frame.f_globals, name, False), value


def places(roots: Iterator[tuple[str, Place, Any]]) -> Iterator[tuple[str, Place, Any]]:
    """Every place with its name, as one would write it, and its value; containers before what they hold."""
    seen: set[int] = set()
    level = list(roots)
    count = 0
    for _ in range(_DEPTH):
        below: list[tuple[str, Place, Any]] = []
        for name, place, value in level:
            count += 1
            if count > _MOST:
                return
            yield name, place, value
            if id(value) in seen or not _holds(value):
                continue
            seen.add(id(value))
            below += _members(name, value)
        level = below


def named(roots: Iterator[tuple[str, Place, Any]], names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """What stands under these names now, though it may have other names, too, that a walk comes upon before."""
    wanted = set(names)
    on_the_way = {name[:at] for name in wanted for at, sign in enumerate(name) if sign in ".["} | {"self"}
    level = list(roots)
    for _ in range(_DEPTH):
        yield from ((name, value) for name, _, value in level if name in wanted)
        level = [
            one for name, _, value in level if name in on_the_way and _holds(value) for one in _members(name, value)
        ]


def kept(roots: Roots) -> Iterator[tuple[str, Place, Any]]:
    """Every place that holds real numbers, with its name; of several names for one array the first."""
    seen: set[int] = set()
    for name, place, value in places(roots()):
        if isinstance(value, np.ndarray):
            if value.dtype.kind != "f" or id(value) in seen:
                continue
            seen.add(id(value))
            yield name, place, value
        elif isinstance(value, float | np.floating):
            yield name, place, value


def take_apart(roots: Roots) -> None:
    """Make one number of each place: literals that are equal are one object, as the 0.0 of `Value(0.0)` for each bias.

    Two parameters would be taken for one.
    """
    seen: set[int] = set()
    held: list[float] = []
    for _, place, value in list(kept(roots)):
        if type(value) is not float:
            continue
        if id(value) in seen:
            with contextlib.suppress(TypeError, AttributeError, ValueError):
                place.put(value + -0.0)  # a new object, and 0.0 stays 0.0
                value = place.get()
        seen.add(id(value))
        held.append(value)


def put(place: Place, held: Any, value: NDArray[np.float64]) -> None:
    """Set what a place holds to a value, as the type that it `held`."""
    if isinstance(held, np.ndarray):
        if held.flags.writeable:
            held[...] = value
        else:
            place.put(np.array(value, dtype=held.dtype))
    else:
        place.put(type(held)(float(value)) if isinstance(held, np.floating) else float(value))


def _holds(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return bool(value.dtype == object)
    if isinstance(value, list):
        return len(value) <= _MOST and not _is_numbers(value)
    return isinstance(value, dict | tuple) or is_own_object(value)


def _is_numbers(value: list[Any]) -> bool:
    """Whether a list holds nothing but numbers and is long: samples, and no parameters."""
    return len(value) > _LONG and isinstance(value[0], int | float) and isinstance(value[-1], int | float)


def is_own_object(value: Any) -> bool:
    """Whether it is an object of the program's own, and no module, class, function or array."""
    kind = type(value)
    if isinstance(value, type | types.ModuleType | types.FunctionType | np.ndarray):
        return False
    return hasattr(value, "__dict__") and kind.__module__.split(".")[0] not in _FOREIGN


def _members(name: str, holder: Any) -> list[tuple[str, Place, Any]]:
    if isinstance(holder, dict):
        return [(f"{name}[{key!r}]", Place(holder, key, False), one) for key, one in list(holder.items())]
    if isinstance(holder, list | tuple | np.ndarray):
        return [(f"{name}[{index}]", Place(holder, index, False), one) for index, one in enumerate(holder)]
    base = "" if name == "self" else f"{name}."
    kept = [(key, one) for key, one in attributes(holder) if not key.startswith("__")]
    return [(f"{base}{_unmangled(holder, key)}", Place(holder, key, True), one) for key, one in kept]


def _unmangled(holder: Any, key: str) -> str:
    prefix = f"_{type(holder).__name__.lstrip('_')}__"
    return key[len(prefix) - 2 :] if key.startswith(prefix) else key
