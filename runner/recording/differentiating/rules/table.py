"""Derivatives from the table of HIPS autograd, for NumPy's functions, methods, ufuncs and those of `math`."""

from __future__ import annotations

import builtins
import functools
import math
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from runner.recording.differentiating.rules.common import (
    Array,
    NoRule,
    arguments_of,
    has_slot,
    plain,
    reproduces,
    shares,
    spread_back,
)
from runner.recording.taping.arguments import Slot
from runner.recording.taping.functions import Method
from runner.recording.taping.node import Node

_KEYWORDS = frozenset(
    {"axis", "keepdims", "ddof", "ord", "axes", "shift", "k", "mode", "pad_width", "optimize", "repeats", "n", "offset"}
    | {"b", "decimals", "constant_values", "axis1", "axis2", "newshape", "shape", "source", "destination"}
)
_OPERATORS: Mapping[Any, Callable[..., Any]] = {
    operator.pow: np.power,
    operator.mod: np.remainder,
    operator.matmul: np.matmul,
    operator.mul: np.multiply,
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.truediv: np.divide,
    operator.neg: np.negative,
    abs: np.abs,
    pow: np.power,
    math.pow: np.power,
    math.fabs: np.abs,
    math.asin: np.arcsin,
    math.acos: np.arccos,
    math.atan: np.arctan,
    math.atan2: np.arctan2,
    math.fsum: np.sum,
}
_METHODS = frozenset(
    {"sum", "mean", "prod", "max", "min", "std", "var", "dot", "reshape", "transpose", "ravel", "clip", "cumsum"}
    | {"squeeze", "trace", "repeat", "swapaxes", "diagonal", "conj"}
)


def table_rule(node: Node, adjoint: Array, wanted: Sequence[int]) -> list[Array | None]:
    """The rule for the node in autograd's table."""
    assert node.arguments is not None
    try:
        function, args, keywords, template = _canonical(node)
    except TypeError as failure:  # a function that can't be looked up
        raise NoRule from failure
    entry = _entry(function)
    if entry is None or not set(keywords) <= _KEYWORDS:
        raise NoRule
    lists = [position for position, each in enumerate(template) if type(each) in (list, tuple) and has_slot(each)]
    values = [plain(np.array(each) if position in lists else each) for position, each in enumerate(args)]
    if any(isinstance(each, np.ndarray) and each.dtype.kind not in "biuf" for each in values):
        raise NoRule
    varying = [
        position
        for position, each in enumerate(template)
        if position in lists or (isinstance(each, Slot) and each.position in wanted)
    ]
    slots = sum(isinstance(each, Slot) and each.position in wanted for each in template)
    if not varying or any(has_slot(each) for each in node.arguments.keywords.values()):
        raise NoRule
    if slots == 0 and not lists:
        raise NoRule
    try:
        again = function(*values, **keywords)
        if not reproduces(node, again):
            raise NoRule
        backward = entry(tuple(varying), again, tuple(values), keywords)
        parts = list(backward(np.reshape(adjoint, np.shape(again))))
    except NoRule:
        raise
    except Exception as failure:  # another rule may do what the table can't
        raise NoRule from failure
    result: list[Array | None] = [None] * len(node.operands)
    for position, part in zip(varying, parts, strict=True):
        shape = np.shape(values[position])
        try:
            # the table's rule for np.where leaves operands that were broadcast as large as the result
            part = spread_back(np.asarray(part), shape)
        except (IndexError, ValueError) as failure:
            raise NoRule from failure
        if part.shape != shape:
            raise NoRule
        shares(template[position], part, result, node)
    return result


def _canonical(node: Node) -> tuple[Any, list[Any], dict[str, Any], list[Any]]:
    """The operation as a function of NumPy's: the function, its arguments, and where the operands stand in them."""
    assert node.arguments is not None
    args, keywords = arguments_of(node)
    template = list(node.arguments.positional)
    function: Any = node.function
    values = list(args)
    if isinstance(function, Method):
        if function.name not in _METHODS:
            raise NoRule
        if function.name in ("reshape", "transpose") and len(values) > 2:
            values, template = [values[0], tuple(values[1:])], [template[0], tuple(template[1:])]
        function = getattr(np, function.name)
    elif function in (builtins.sum, builtins.max, builtins.min):
        return _of_builtin(function, values, keywords, template)
    elif any(isinstance(each, np.matrix) for each in values) and function in (operator.pow, operator.mul, pow):
        raise NoRule
    elif function in _OPERATORS:
        function = _OPERATORS[function]
    elif getattr(function, "__module__", None) == "math":
        function = getattr(np, function.__name__, None)
    return function, values, keywords, template


def _of_builtin(
    function: Any, values: list[Any], keywords: dict[str, Any], template: list[Any]
) -> tuple[Any, list[Any], dict[str, Any], list[Any]]:
    """Python's `sum`, `max` and `min` of one iterable, or of several numbers."""
    if keywords or (len(values) == 2 and function is builtins.sum):
        raise NoRule
    if len(values) > 1:
        values, template = [list(values)], [list(template)]
    numpy_function = {builtins.sum: np.sum, builtins.max: np.max, builtins.min: np.min}[function]
    return numpy_function, values, {"axis": 0}, template


def _entry(function: Any) -> Any:
    """The maker of vector-Jacobian products for a function of NumPy or SciPy, None where the table has none."""
    try:
        return _entries("scipy.special" in sys.modules).get(function)
    except TypeError:
        return None


@functools.lru_cache(maxsize=2)
def _entries(special: bool) -> Mapping[Any, Any]:
    """The table by the function of NumPy itself; SciPy's, which take long to import, only where their code has them."""
    import autograd.numpy
    from autograd.core import primitive_vjps

    if special:
        import autograd.scipy.special  # noqa: F401 - it adds to the table
    return {primitive.fun: rule for primitive, rule in primitive_vjps.items()}
