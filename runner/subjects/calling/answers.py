"""Turning what a subject returns into a number, an array per parameter, or outputs (n, outputs)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.subjects.complaint import Complaint
from runner.subjects.parameters import Parameter

Array = NDArray[np.float64]

_GRADIENT_MARKS = re.compile(r"^(?:dldd?|djdd?|dl|dj|grads?|gradients?|d|delta|nabla)_?|_?(?:grads?|gradients?)$")


def as_loss(value: Any, text: str) -> float:
    """The number that a loss returned; of a tuple the first element."""
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise Complaint(f"{text} returns {_kind(value)}, not a number") from None
    if value is None or array.size != 1:
        raise Complaint(
            f"{text} returns {_kind(value)}, not a number"
            + (f'; where it should be averaged, say subject.names.loss="np.mean({text})"' if array.size > 1 else "")
        )
    return float(array.reshape(()))


def as_gradients(value: Any, parameters: Sequence[Parameter], text: str) -> list[Array]:
    """An array for each parameter, in their order and shapes.

    Taken are lists, tuples and dicts, nested or not, in the order of the parameters or with their names, and one
    vector of all numbers. A number, or what broadcasts to the shape of its parameter, is what an update would make of
    it.
    """
    found = list(_flat(value, ()))
    if not found:
        raise Complaint(f"{text} returns {_kind(value)}, not the gradient of each array")
    if len(found) == 1 and found[0][1].size == sum(_size(one) for one in parameters) and len(parameters) > 1:
        ends = np.cumsum([_size(one) for one in parameters])[:-1]
        parts = np.split(found[0][1].ravel(), ends)
        return [part.reshape(one.shape) for part, one in zip(parts, parameters, strict=True)]
    if len(found) < len(parameters):
        raise Complaint(f"{text} returns {_count(found)} for the {len(parameters)} arrays of parameters")
    ordered = _by_name(found, parameters) or ([array for _, array in found] if len(found) == len(parameters) else None)
    if ordered is None:
        raise Complaint(f"{text} returns {_count(found)} for the {len(parameters)} arrays of parameters")
    fitted = _fitted(ordered, parameters)
    for order in () if isinstance(fitted, list) else _other_orders(ordered, parameters):
        return [np.array(array, dtype=np.float64) for array in order]
    if isinstance(fitted, Complaint):
        raise Complaint(f"{text}{fitted.message}")
    return fitted


def spreads_rows(value: Any, parameters: Sequence[Parameter]) -> bool:
    """Whether a matrix of parameters would get fewer numbers than it has: deltas, and no gradients."""
    found = [array for _, array in _flat(value, ())]
    if len(found) != len(parameters):
        return False
    pairs = zip(found, parameters, strict=True)
    return any(min(one.shape, default=0) > 1 and array.size < _size(one) for array, one in pairs)


def as_outputs(value: Any, samples: int, outputs: int) -> tuple[Array, bool] | None:
    """The outputs (samples, outputs), and whether they are nothing but labels; None where they are no outputs."""
    array = _outputs(value, samples, outputs)
    if array is None:
        return None
    kind = array.dtype.kind
    if array.ndim == 2 and array.shape == (samples, outputs):
        rows = array
    elif array.ndim == 2 and array.shape == (outputs, samples):
        rows = array.T
    elif array.size == samples:
        rows = array.reshape(samples, 1)
    elif array.ndim == 2 and samples in array.shape:
        rows = array if array.shape[0] == samples else array.T
    else:
        return None
    result = np.array(rows, dtype=np.float64)
    labels = kind in "biu" or (outputs > 1 and result.shape[1] == 1 and bool((result == np.round(result)).all()))
    return result, labels or bool(np.isin(result, (0.0, 1.0)).all() or np.isin(result, (-1.0, 1.0)).all())


def _outputs(value: Any, samples: int, outputs: int) -> NDArray[Any] | None:
    """Of a list of layers the last, of a tuple the only one that could be outputs."""
    if isinstance(value, tuple):
        found = [_outputs(one, samples, outputs) for one in value]
        fitting = [array for array in found if array is not None and array.size == samples * outputs]
        return fitting[0] if len(fitting) == 1 else None
    plain = _as_numbers(value)
    if isinstance(value, list) and (plain is None or samples not in plain.shape[:2]):
        return _outputs(value[-1], samples, outputs) if value else None
    return plain if plain is not None and (samples in plain.shape or plain.size == samples) else None


def _as_numbers(value: Any) -> NDArray[Any] | None:
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        return None
    return array if array.dtype.kind in "biuf" else None


def _flat(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], NDArray[Any]]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(one, (*keys, str(key)))
    elif isinstance(value, list | tuple):
        plain = _as_numbers(value) if isinstance(value, list) else None
        if plain is not None and _plain_python(value):
            yield keys, plain.astype(np.float64)
            return
        for index, one in enumerate(value):
            yield from _flat(one, (*keys, str(index)))
    elif isinstance(value, np.ndarray) and value.dtype == object:
        for index, one in enumerate(value):
            yield from _flat(one, (*keys, str(index)))
    elif value is not None and (array := _as_numbers(value)) is not None:
        yield keys, np.asarray(array, dtype=np.float64)


def _plain_python(value: Any) -> bool:
    while isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, int | float) and not isinstance(value, np.generic)


def _by_name(
    found: Sequence[tuple[tuple[str, ...], NDArray[Any]]], parameters: Sequence[Parameter]
) -> list[NDArray[Any]] | None:
    """The arrays in the order of the parameters, where keys like "dW1" say which is which."""
    names = [_plain(parameter.name) for parameter in parameters]
    if len(set(names)) < len(names) or not all(any(c.isalpha() for c in name) for name in names):
        return None
    keyed: dict[str, NDArray[Any]] = {}
    for keys, array in found:
        keyed.setdefault(_plain(keys[-1] if keys else ""), array)
        keyed.setdefault(_plain("".join(keys)), array)
    return [keyed[name] for name in names] if all(name in keyed for name in names) else None


def _plain(name: str) -> str:
    """ "dW1", "grad_W1", "W1_grad", "self.W[1]" without what only marks a gradient: "w1"."""
    plain = re.sub(r"[^a-z0-9_]", "", name.rpartition(".")[2].lower()).strip("_")
    bare = _GRADIENT_MARKS.sub("", plain).strip("_")
    return (bare or plain).replace("_", "")


def _fitted(arrays: Sequence[NDArray[Any]], parameters: Sequence[Parameter]) -> list[Array] | Complaint:
    fitted = []
    for index, (array, parameter) in enumerate(zip(arrays, parameters, strict=True)):
        shape = parameter.shape
        if array.shape == (1, *shape):  # what assigning a new array makes of a vector
            array = array[0]
        if array.shape != shape:
            try:
                array = np.broadcast_to(array, shape)
            except ValueError:
                message = f"[{index}] has the shape {array.shape}, but {parameter.name} the shape {shape}"
                return Complaint(message)
        fitted.append(np.array(array, dtype=np.float64))
    return fitted


def _other_orders(arrays: Sequence[NDArray[Any]], parameters: Sequence[Parameter]) -> Iterator[Sequence[NDArray[Any]]]:
    """Orders in which the shapes are those of the parameters: the output layer first, or whatever else is unique."""
    shapes = [parameter.shape for parameter in parameters]
    orders: Iterator[Sequence[NDArray[Any]]] = iter([arrays[::-1]])
    if len(arrays) <= 6 and len(set(shapes)) == len(shapes):
        orders = itertools.chain(orders, itertools.permutations(arrays))
    return (order for order in orders if [array.shape for array in order] == shapes)


def _size(parameter: Parameter) -> int:
    return int(np.prod(parameter.shape, dtype=np.int64))


def _count(found: Sequence[object]) -> str:
    return "1 array" if len(found) == 1 else f"{len(found)} arrays"


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    article = "an" if type(value).__name__[0] in "aeio" else "a"
    return f"{article} {type(value).__name__}"
