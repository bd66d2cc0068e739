"""A call of NumPy's, as a program ties it to its arrays, taken apart: which loops, over which memory.

A call of another form, or one that NumPy would carry out with copies, is refused: then Python carries the steps out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from runner.network.native.feed import Feed
from runner.network.native.loops import Loop, NoLoopError, loop_of
from runner.network.native.nest import Nest, Own, nest
from runner.network.ops import Array, Bound


def nests_of(call: Bound) -> list[Nest]:
    """The loops that carry out a call.

    Raises:
        NoLoopError: only Python can carry it out.
    """
    if isinstance(call, Feed):
        return call.nests()
    if not isinstance(call, partial):
        raise NoLoopError(f"{getattr(call, '__qualname__', call)} is a function of Python's")
    function, arguments = call.func, (*call.args, *call.keywords.values())
    owner = getattr(function, "__self__", None)
    if isinstance(function, np.ufunc):
        form = _GUFUNCS.get(function, _elementwise) if function.signature else _elementwise
        return form(function, *arguments)
    if isinstance(owner, np.ufunc) and function.__name__ == "reduce":
        return _reduction(owner, *arguments)
    if isinstance(owner, np.ndarray) and function.__name__ == "dot":
        return _dot(owner, *arguments)
    raise NoLoopError(f"{function.__name__} has no loops")


def _elementwise(ufunc: np.ufunc, *arrays: Array) -> list[Nest]:
    *inputs, out = arrays
    _require_separate(inputs, out)
    loop = loop_of(ufunc, inputs[0].dtype)
    if loop.dtypes[-1] != np.bool_:
        _require_types(loop, arrays)
        return [nest(loop, arrays, out.shape)]
    truths = np.empty(out.shape, dtype=np.bool_)
    _require_types(loop, (*inputs, truths))
    to_numbers = Own("numbers_of_truths", out.dtype.itemsize)
    return [nest(loop, (*inputs, truths), out.shape), nest(to_numbers, (truths, out), out.shape)]


def _reduction(ufunc: np.ufunc, a: Array, axis: int, dtype: None, out: Array, keepdims: bool) -> list[Nest]:
    """NumPy's sum starts from +0.0, its maximum from the first entry."""
    loop = loop_of(ufunc, a.dtype)
    _require_types(loop, (a, a, out))
    if np.may_share_memory(a, out) or not keepdims or ufunc not in (np.add, np.maximum):
        raise NoLoopError("a reduction of another kind, or into its own operand")
    start, rest = (np.zeros((), dtype=a.dtype), a) if ufunc is np.add else np.split(a, [1], axis)
    begin = nest(loop_of(np.positive, a.dtype), (start, out), out.shape)
    return [begin, nest(loop, (out, rest, out), rest.shape)] if rest.size else [begin]


def _dot(a: Array, b: Array, out: Array) -> list[Nest]:
    return _inner(np.vecdot, a, b, out) if a.ndim == 1 else _matmul(np.matmul, a, b, out)


def _matmul(ufunc: np.ufunc, a: Array, b: Array, out: Array) -> list[Nest]:
    loop, arrays = loop_of(ufunc, a.dtype), (a, b, out)
    _require_types(loop, arrays)
    if any(np.may_share_memory(operand, out) for operand in (a, b)) or out.ndim != 2:
        raise NoLoopError("a product of packs, or into its own operand")
    (m, n), p = a.shape, b.shape[1]
    return [Nest(loop, arrays, (), (), (1, m, n, p), (0, 0, 0, *a.strides, *b.strides, *out.strides))]


def _inner(ufunc: np.ufunc, a: Array, b: Array, out: Array) -> list[Nest]:
    loop, arrays = loop_of(ufunc, a.dtype), (a, b, out)
    _require_types(loop, arrays)
    if out.ndim:
        raise NoLoopError("a product of packs")
    return [Nest(loop, arrays, (), (), (1, len(a)), (0, 0, 0, *a.strides, *b.strides))]


_GUFUNCS: dict[np.ufunc, Callable[..., list[Nest]]] = {np.matmul: _matmul, np.vecdot: _inner}


def _require_types(loop: Loop, arrays: tuple[Array, ...]) -> None:
    if tuple(array.dtype for array in arrays) != loop.dtypes or not all(array.flags.aligned for array in arrays):
        raise NoLoopError("operands of other types")


def _require_separate(inputs: list[Array], out: Array) -> None:
    """NumPy copies an operand that overlaps the result, but where both are the same memory in the same order."""
    for array in inputs:
        same = array.ctypes.data == out.ctypes.data and array.strides == out.strides and array.shape == out.shape
        if not same and np.may_share_memory(array, out):
            raise NoLoopError("a result that overlaps an operand")
