"""What the rules share: shapes that were broadcast, values given again, arguments filled with the operands' values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.taping.arguments import Slot
from runner.recording.taping.node import Node

Array = NDArray[np.float64]


class NoRule(Exception):  # noqa: N818 - the next rule is tried
    """This rule does not apply; its text, if any, is the end of a sentence that says why."""


def real(value: Any) -> bool:
    """Whether a value holds real numbers that can vary: floats, not integers or truth values."""
    return isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def plain(value: Any) -> Any:
    """A value for a rule: an array without its class, floats in double precision."""
    if isinstance(value, np.ndarray | np.generic):
        value = np.asarray(value)
        return value.astype(np.float64, copy=False) if value.dtype.kind == "f" else value
    return value


def spread_back(adjoint: Array, shape: tuple[int, ...]) -> Array:
    """The adjoint of an operand of `shape` that was broadcast to the shape of `adjoint`."""
    adjoint = np.asarray(adjoint, np.float64)
    if adjoint.shape == shape:
        return adjoint
    if adjoint.size == math.prod(shape):
        return adjoint.reshape(shape)
    extra = adjoint.ndim - len(shape)
    if extra:
        adjoint = adjoint.sum(axis=tuple(range(extra)))
    ones = tuple(axis for axis, length in enumerate(shape) if length == 1 and adjoint.shape[axis] != 1)
    if ones:
        adjoint = adjoint.sum(axis=ones, keepdims=True)
    return adjoint


def reproduces(node: Node, value: Any) -> bool:
    """Whether `value` is what was recorded, up to rounding and axes of length 1."""
    recorded = np.asarray(node.value)
    value = np.asarray(value)
    if value.size != recorded.size or value.dtype.kind not in "biuf":
        return False
    if value.shape != recorded.shape and _long(value.shape) != _long(recorded.shape):
        return False
    value = value.reshape(recorded.shape)
    tolerance = 1e-4 if recorded.dtype.itemsize < 8 and recorded.dtype.kind == "f" else 1e-9
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(value, recorded, dtype=np.float64))
        scale = np.abs(recorded[np.isfinite(recorded)]).max(initial=0.0)
    same = (value == recorded) | (np.isnan(value) & np.isnan(recorded)) | (apart <= tolerance * scale)
    return bool(same.all())


def arguments_of(node: Node) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of the recorded call, as they were."""
    assert node.arguments is not None
    return node.arguments.filled([operand.value for operand in node.operands])


def shares(template: Any, adjoint: Any, into: list[Array | None], node: Node) -> None:
    """Give each operand in an argument its share of the adjoint of the argument taken as one array."""
    if isinstance(template, Slot):
        operand = node.operands[template.position]
        share = spread_back(np.asarray(adjoint, np.float64), operand.shape)
        before = into[template.position]
        into[template.position] = share if before is None else before + share
    elif type(template) in (list, tuple):
        for position, each in enumerate(template):
            shares(each, adjoint[position], into, node)


def has_slot(template: Any) -> bool:
    """Whether an operand stands in an argument."""
    if isinstance(template, Slot):
        return True
    return type(template) in (list, tuple) and any(has_slot(each) for each in template)


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)
