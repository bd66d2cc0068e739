"""The rules written here: the operators, products, looking up and storing, and functions without a slope."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from runner.recording.differentiating.rules.common import (
    Array,
    NoRule,
    arguments_of,
    plain,
    reproduces,
    shares,
    spread_back,
)
from runner.recording.taping.arguments import Slot
from runner.recording.taping.functions import Chosen, Effect, Method, Store
from runner.recording.taping.node import Node

_Pair = tuple[Array, Array]


def _add(g: Array, a: Any, b: Any) -> _Pair:
    return g, g


def _sub(g: Array, a: Any, b: Any) -> _Pair:
    return g, -g


def _mul(g: Array, a: Any, b: Any) -> _Pair:
    return g * b, g * a


def _div(g: Array, a: Any, b: Any) -> _Pair:
    return g / b, -g * a / (b * b)


_ELEMENTWISE: Mapping[Any, tuple[Callable[..., Any], Callable[..., _Pair]]] = {
    operator.add: (np.add, _add),
    operator.sub: (np.subtract, _sub),
    operator.mul: (np.multiply, _mul),
    operator.truediv: (np.divide, _div),
    np.add: (np.add, _add),
    np.subtract: (np.subtract, _sub),
    np.multiply: (np.multiply, _mul),
    np.divide: (np.divide, _div),
}
_NEGATIVE = (operator.neg, np.negative)
_POSITIVE = (operator.pos, np.positive, float)
_PRODUCTS = (operator.matmul, np.matmul, np.dot)
_FLAT = frozenset({"sign", "floor", "ceil", "rint", "round", "around", "trunc", "fix", "heaviside", "floor_divide"})
_FLAT_FUNCTIONS = (operator.floordiv, round)


def own_rule(node: Node, adjoint: Array, wanted: Sequence[int]) -> list[Array | None]:
    """The rule for the node among those of this module."""
    assert node.arguments is not None
    function = node.function
    if isinstance(function, Store):
        return _stored(node, function, adjoint)
    if isinstance(function, Chosen):
        return _chosen(node, function, adjoint)
    if isinstance(function, Effect):
        return _added_at(node, function, adjoint)
    args, keywords = arguments_of(node)
    if _flat(function):
        return [
            np.zeros(operand.shape) if position in wanted else None for position, operand in enumerate(node.operands)
        ]
    if keywords or any(isinstance(each, list | tuple) for each in args):
        raise NoRule
    template = node.arguments.positional
    values = [plain(each) for each in args]
    if len(values) == 1 and function in (*_NEGATIVE, *_POSITIVE):
        sign = -1.0 if function in _NEGATIVE else 1.0
        if not reproduces(node, sign * np.asarray(values[0])):
            raise NoRule
        return _given(node, wanted, template, [sign * adjoint])
    if len(values) != 2:
        raise NoRule
    products = any(isinstance(each, np.matrix) for each in args)
    if (
        function in _PRODUCTS
        or (products and function is operator.mul)
        or (isinstance(function, Method) and function.name == "dot")
    ):
        if all(np.ndim(each) > 0 for each in values):
            return _product(node, wanted, template, values, adjoint)
        function = operator.mul if function not in (operator.matmul, np.matmul) else function
    if _hashable(function) and function in _ELEMENTWISE:
        again, rule = _ELEMENTWISE[function]
        if not reproduces(node, again(*values)):
            raise NoRule
        return _given(node, wanted, template, rule(adjoint, *values))
    raise NoRule


def _given(node: Node, wanted: Sequence[int], template: Sequence[Any], parts: Sequence[Array]) -> list[Array | None]:
    result: list[Array | None] = [None] * len(node.operands)
    for each, part in zip(template, parts, strict=True):
        if isinstance(each, Slot) and each.position in wanted:
            result[each.position] = spread_back(np.asarray(part), node.operands[each.position].shape)
    return result


def _product(
    node: Node, wanted: Sequence[int], template: Sequence[Any], values: Sequence[Any], adjoint: Array
) -> list[Array | None]:
    """The product of matrices or vectors."""
    a, b = (np.asarray(each) for each in values)
    if a.ndim > 2 or b.ndim > 2 or not reproduces(node, a.dot(b)):
        raise NoRule
    columns = a if a.ndim == 2 else a[None, :]
    rows = b if b.ndim == 2 else b[:, None]
    g = adjoint.reshape(columns.shape[0], rows.shape[1])
    parts = (g @ rows.T).reshape(a.shape), (columns.T @ g).reshape(b.shape)
    return _given(node, wanted, template, parts)


def _stored(node: Node, function: Store, adjoint: Array) -> list[Array | None]:
    args, _ = arguments_of(node)
    assert node.arguments is not None
    value = np.asarray(args[0])
    if value.dtype.kind not in "biuf" or not reproduces(node, function(value)):
        raise NoRule("stores what its array can't hold")
    extra = (1,) * (value.ndim - len(function.shape))
    shape = value.shape[len(extra) :]
    result: list[Array | None] = [None] * len(node.operands)
    shares(node.arguments.positional[0], spread_back(adjoint, shape).reshape(value.shape), result, node)
    return result


def _chosen(node: Node, function: Chosen, adjoint: Array) -> list[Array | None]:
    (array, index), _ = arguments_of(node)
    if not reproduces(node, function(array, index)):
        raise NoRule
    result: list[Array | None] = [None] * len(node.operands)
    into = np.zeros(np.shape(array))
    if function.flat:
        np.add.at(into.reshape(-1), index, np.reshape(adjoint, np.shape(into.flat[index])))
    elif isinstance(index, int | np.integer):
        into[index] += adjoint
    else:
        np.add.at(into, index, np.reshape(adjoint, np.shape(into[index])))
    result[0] = into
    return result


def _added_at(node: Node, function: Effect, adjoint: Array) -> list[Array | None]:
    """`np.add.at(x, index, value)` and `np.subtract.at`."""
    method = function.function
    sign = {np.add.at: 1.0, np.subtract.at: -1.0}.get(method) if _hashable(method) else None
    if isinstance(method, Method) and method.name == "at":
        raise NoRule
    args, keywords = arguments_of(node)
    if sign is None or len(args) != 3 or keywords or function.position != 0:
        raise NoRule
    if not reproduces(node, function(*args)):
        raise NoRule
    assert node.arguments is not None
    template = node.arguments.positional
    result: list[Array | None] = [None] * len(node.operands)
    shares(template[0], adjoint, result, node)
    chosen = sign * adjoint[args[1]]
    shares(template[2], spread_back(chosen, np.shape(args[2])), result, node)
    return result


def _flat(function: Any) -> bool:
    if isinstance(function, Method):
        return function.name in _FLAT
    return (_hashable(function) and function in _FLAT_FUNCTIONS) or getattr(function, "__name__", "") in _FLAT


def _hashable(function: Any) -> bool:
    try:
        hash(function)
    except TypeError:
        return False
    return True
