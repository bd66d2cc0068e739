"""The NumPy calls that programs are made of.

An `Op` knows one NumPy call and how to tie it to arrays once, before training, so that a step is nothing but calls
without arguments. Each op works on one network, arrays (units, n), and on a pack, arrays (replicas, units, n), with
the same bits: `dot` and a stacked `np.matmul` agree to the last bit (tests/network/test_workspace.py), `dot` costs
half as much to call, and a third less as a method than as a function.

Scalars are 0-d arrays: half as dear to pass to a ufunc as a Python float.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bound = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Op:
    """One NumPy call: `bind(operands, out)` gives it as a callable without arguments; `text` prints it."""

    name: str
    text: str
    bind: Callable[[tuple[Array, ...], Array], Bound]

    def __repr__(self) -> str:
        return f"Op({self.name})"


def _elementwise(ufunc: Callable[..., object], text: str) -> Op:
    def bind(operands: tuple[Array, ...], out: Array) -> Bound:
        return partial(ufunc, *operands, out)

    return Op(getattr(ufunc, "__name__", text), text, bind)


def _extremum(ufunc: Callable[..., object], text: str) -> Op:
    # np.maximum and np.minimum deprecate a positional out, and take twice as long where an operand is a scalar:
    # a constant (read-only) is therefore broadcast to the whole shape.
    def bind(operands: tuple[Array, ...], out: Array) -> Bound:
        whole = (a if a.ndim or a.flags.writeable else np.full(out.shape, a) for a in operands)
        return partial(ufunc, *whole, out=out)

    return Op(getattr(ufunc, "__name__", text), text, bind)


def _bind_matmul(operands: tuple[Array, ...], out: Array) -> Bound:
    a, b = operands
    if a.shape[-1] == 1:
        return partial(np.multiply, a, b, out)  # a sum of one term: several times as fast, alone and in a pack
    by_matmul = out.ndim > 2 or (1 in out.shape and not (_has_no_gaps(a) and _has_no_gaps(b)))
    return partial(np.matmul, a, b, out) if by_matmul else partial(a.dot, b, out)


def _has_no_gaps(array: Array) -> bool:
    """Whether a matrix fills its memory: of any other `dot` multiplies a copy with a vector, in another order."""
    return bool(array.flags.c_contiguous or array.flags.f_contiguous)


def _bind_inner(operands: tuple[Array, ...], out: Array) -> Bound:
    a, b = (_flat(operand, packed=out.ndim > 0) for operand in operands)
    if out.ndim == 0:
        return partial(a.dot, b, out)
    return partial(np.vecdot, a, b, out[..., 0])


def _flat(array: Array, packed: bool) -> Array:
    flat = array.reshape((*array.shape[: 1 if packed else 0], -1))
    if not np.shares_memory(flat, array):
        raise ValueError("a sum over everything needs a contiguous operand")
    return flat


def _bind_normal_cdf(operands: tuple[Array, ...], out: Array) -> Bound:
    from scipy.special import ndtr  # 0.4 s, for who needs it

    return partial(ndtr, *operands, out)


def _over(ufunc: Any, axis: int, what: str, text: str) -> Op:
    def bind(operands: tuple[Array, ...], out: Array) -> Bound:
        (a,) = operands
        return partial(ufunc.reduce, a, axis, None, out, True)

    return Op(f"{ufunc.__name__}_over_{what}", text, bind)


def _bind_scaled(operands: tuple[Array, ...], out: Array) -> Bound:
    a, scalar = operands
    return partial(np.multiply, a, scalar.reshape((*scalar.shape, *[1] * (out.ndim - scalar.ndim))), out)


def _bind_first_sample(operands: tuple[Array, ...], out: Array) -> Bound:
    a, kept = operands

    def keep() -> None:
        if not kept.any():
            out[...] = a[..., :1]
            kept[...] = 1.0

    return keep


def _bind_previous(operands: tuple[Array, ...], out: Array) -> Bound:
    a, kept, filled = operands

    def swap() -> None:
        now = a.copy()  # out may be a itself
        out[...] = kept if filled.any() else now
        kept[...] = now
        filled[...] = 1.0

    return swap


add = _elementwise(np.add, "{0} + {1}")
subtract = _elementwise(np.subtract, "{0} - {1}")
multiply = _elementwise(np.multiply, "{0} * {1}")
divide = _elementwise(np.divide, "{0} / {1}")
negative = _elementwise(np.negative, "-{0}")
reciprocal = _elementwise(np.reciprocal, "1 / {0}")
square = _elementwise(np.square, "{0}²")
sqrt = _elementwise(np.sqrt, "sqrt({0})")
exp = _elementwise(np.exp, "exp({0})")
expm1 = _elementwise(np.expm1, "exp({0}) - 1")
log = _elementwise(np.log, "log({0})")
log1p = _elementwise(np.log1p, "log(1 + {0})")
tanh = _elementwise(np.tanh, "tanh({0})")
less = _elementwise(np.less, "{0} < {1}")  # 1 or 0
normal_cdf = Op("normal_cdf", "Phi({0})", _bind_normal_cdf)  # exact, 1/2 (1 + erf(z / sqrt(2))), in both tails
absolute = _elementwise(np.absolute, "|{0}|")
sign = _elementwise(np.sign, "sign({0})")
copysign = _elementwise(np.copysign, "copysign({0}, {1})")
copy = _elementwise(np.positive, "{0}")
maximum = _extremum(np.maximum, "max({0}, {1})")
minimum = _extremum(np.minimum, "min({0}, {1})")

matmul = Op("matmul", "{0} {1}", _bind_matmul)
inner = Op("inner", "sum({0} * {1})", _bind_inner)
scaled = Op("scaled", "{0} * {1}", _bind_scaled)  # a matrix by a scalar that each replica has its own of
sum_over_units = _over(np.add, -2, "units", "sum over units of {0}")
max_over_units = _over(np.maximum, -2, "units", "max over units of {0}")
sum_over_samples = _over(np.add, -1, "samples", "sum over samples of {0}")
max_over_samples = _over(np.maximum, -1, "samples", "max over samples of {0}")

# These two remember: the second operand of each is where, or whether, they do.
first_sample = Op("first_sample", "first sample ever seen of {0}", _bind_first_sample)
previous = Op("previous", "{0} of the call before", _bind_previous)
