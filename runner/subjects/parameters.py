"""The arrays of parameters of a subject: where they are kept, how they are set and put back.

An array is set in place, and put into every place that held it, since one method may change an array and the next
assign a new one. Arrays of float32 or of integers are replaced by float64 for the time of the check, so that small
steps have an effect.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression, private

Evaluate = Callable[[str], Any]

# How deep, and how much, is searched for other places that hold the same array.
_DEPTH, _MOST_PLACES = 4, 20_000
# Attributes of a layer object that are parameters.
_LAYER_NAMES = {"w", "b", "weight", "weights", "bias", "biases", "kernel", "beta", "gamma", "theta"}


@dataclass
class Place:
    """Where an array is kept: an attribute of `holder`, or an item of it."""

    holder: Any
    key: Any
    is_attribute: bool

    def get(self) -> Any:
        """What is there now."""
        return getattr(self.holder, self.key) if self.is_attribute else self.holder[self.key]

    def put(self, value: Any) -> bool:
        """Put something else there; whether that could be done."""
        try:
            if self.is_attribute:
                setattr(self.holder, self.key, value)
            else:
                self.holder[self.key] = value
        except (AttributeError, TypeError, KeyError, IndexError):
            return False
        return True


@dataclass
class Parameter:
    """One array of parameters, or a number, or a list of numbers that stands for an array."""

    name: str
    value: Any
    places: list[Place] = field(default_factory=list)
    kept_as: str = "float64"

    def __post_init__(self) -> None:
        if isinstance(self.value, np.ndarray):
            self.kept_as = str(self.value.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return np.shape(self.value)

    def set(self, array: NDArray[np.float64]) -> None:
        """Give it the numbers of `array`, wherever it is kept."""
        if isinstance(self.value, np.ndarray):
            self.value[...] = array
        else:
            self.value = array.tolist() if isinstance(self.value, list) else np.float64(array)
        for place in self.places:
            if place.get() is not self.value:
                place.put(self.value)

    def now(self) -> NDArray[np.float64]:
        """Its numbers as they are, a newly assigned array included."""
        for place in self.places:
            held = place.get()
            if held is not self.value:
                return np.array(held, dtype=np.float64)
        return np.array(self.value, dtype=np.float64)

    def widen(self) -> None:
        """Keep its numbers as float64, where it can be replaced."""
        if not isinstance(self.value, np.ndarray) or self.value.dtype == np.float64 or not self.places:
            return
        before, wide = self.value, self.value.astype(np.float64)
        done = [place for place in self.places if place.put(wide)]
        if len(done) == len(self.places):
            self.value = wide
        else:
            for place in done:
                place.put(before)


def parameters_of(expression: Expression, subject: Any, evaluate: Evaluate) -> list[Parameter]:
    """The arrays that an expression gives, in its order, with all places that hold them."""
    last = expression.last
    found: list[Parameter] = []
    if isinstance(last, ast.List | ast.Tuple) and len(expression.tree.body) == 1:
        for element in last.elts:
            found += _leaves(evaluate(ast.unparse(element)), ast.unparse(element), _place(element, subject, evaluate))
    else:
        value = evaluate(expression.text)
        if callable(value):
            value = value()
        base = ast.unparse(last).removesuffix("()")
        name = "" if isinstance(value, dict) else base
        found = list(_leaves(value, name, _place(last, subject, evaluate)))
    if not found:
        raise Complaint(f"{expression.text!r} gives no arrays of numbers", "subject.names.parameters")
    _find_all_places(found, subject)
    return found


def _leaves(value: Any, name: str, place: Place | None) -> Iterator[Parameter]:
    if value is None or isinstance(value, str):
        return
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        yield Parameter(name, value, [place] if place else [])
    elif isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        if place is not None:
            yield Parameter(name, value, [place])
    elif isinstance(value, list) and place is not None and value and _is_nested_numbers(value):
        yield Parameter(name, value, [place])
    elif isinstance(value, dict):
        for key, one in value.items():
            label = key if not name and isinstance(key, str) else f"{name or 'parameters'}[{key!r}]"
            yield from _leaves(one, label, Place(value, key, False))
    elif isinstance(value, list | tuple | np.ndarray):
        for index, one in enumerate(value):
            yield from _leaves(one, f"{name}[{index}]", Place(value, index, False))
    elif hasattr(value, "__dict__") and not callable(value):
        for key, one in vars(value).items():
            if key.strip("_").lower() in _LAYER_NAMES:
                yield from _leaves(one, f"{name}.{key}", Place(value, key, True))


def _is_nested_numbers(value: list[Any]) -> bool:
    """Whether a list holds numbers, or lists of numbers of one length: a vector or matrix in plain Python."""
    if all(isinstance(one, int | float) for one in value):
        return True
    rows = all(isinstance(one, list) and one and all(isinstance(x, int | float) for x in one) for one in value)
    return rows and len({len(one) for one in value}) == 1 and isinstance(value[0][0], float)


def _place(node: ast.expr, subject: Any, evaluate: Evaluate) -> Place | None:
    """Where the value of an expression is kept; None where it is computed."""
    if isinstance(node, ast.Name):
        name = private(subject, node.id)
        return Place(subject, name, True) if hasattr(subject, name) else None
    if isinstance(node, ast.Attribute):
        holder = evaluate(ast.unparse(node.value))
        return Place(holder, private(holder, node.attr), True)
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice | ast.Tuple):
        return Place(evaluate(ast.unparse(node.value)), evaluate(ast.unparse(node.slice)), False)
    return None


def _find_all_places(found: list[Parameter], subject: Any) -> None:
    """Add every place within the subject that holds one of the arrays; leave out those that can't be changed."""
    by_id = {id(one.value): one for one in found if isinstance(one.value, np.ndarray | list)}
    for place in _places(subject):
        one = by_id.get(id(place.get()))
        if one is not None:
            one.places.append(place)
    for one in found:
        unique = {(id(place.holder), str(place.key)): place for place in one.places if _is_settable(place)}
        one.places = list(unique.values())


def _is_settable(place: Place) -> bool:
    if isinstance(place.holder, tuple):
        return False
    return place.put(place.get())


def _places(subject: Any) -> Iterator[Place]:
    """Attributes and items of the subject, and of what it holds."""
    seen: set[int] = set()
    count = 0
    level: list[Any] = [subject]
    for _ in range(_DEPTH):
        below: list[Any] = []
        for holder in level:
            if id(holder) in seen:
                continue
            seen.add(id(holder))
            for place, value in _members(holder):
                count += 1
                if count > _MOST_PLACES:
                    return
                yield place
                if isinstance(value, list | tuple | dict) or _is_plain_object(value):
                    below.append(value)
        level = below


def _members(holder: Any) -> list[tuple[Place, Any]]:
    if isinstance(holder, dict):
        return [(Place(holder, key, False), value) for key, value in holder.items()]
    if isinstance(holder, list | tuple):
        return [(Place(holder, index, False), value) for index, value in enumerate(holder)]
    return [(Place(holder, key, True), value) for key, value in attributes(holder) if not key.startswith("__")]


def attributes(holder: Any) -> list[tuple[str, Any]]:
    """What an object keeps, in its __dict__ or in slots."""
    slots = [name for kind in type(holder).__mro__ for name in getattr(kind, "__slots__", ())]
    kept = [(name, getattr(holder, name)) for name in slots if isinstance(name, str) and hasattr(holder, name)]
    return [*kept, *(vars(holder).items() if hasattr(holder, "__dict__") else ())]


def _is_plain_object(value: Any) -> bool:
    """Whether it is an object of the subject's own, and no module, class, function or array."""
    kind = type(value)
    foreign = kind.__module__.split(".")[0] in ("builtins", "numpy", "types", "functools", "random")
    return hasattr(value, "__dict__") and not foreign and not isinstance(value, type)
