"""The compiled executor: found, made sure of, and compared with NumPy before its first use."""

from __future__ import annotations

import ctypes
import hashlib
from functools import cache, partial
from pathlib import Path

import numpy as np

from runner.network import ops
from runner.network.native.loops import NoLoopError
from runner.network.native.table import NativeSteps, translated
from runner.network.ops import Array, Bound
from runner.network.workspace import run

_SOURCE = Path(__file__).with_name("executor.c")
_COMPILED = _SOURCE.with_suffix(".so")


@cache
def library() -> ctypes.CDLL | None:
    """The compiled executor; None where it wasn't compiled, is of another source, or differs from NumPy in any bit."""
    try:
        found = ctypes.CDLL(str(_COMPILED))
    except OSError:
        return None
    digest = ctypes.c_char_p.in_dll(found, "digest").value
    if digest != hashlib.sha256(_SOURCE.read_bytes()).hexdigest().encode():
        return None
    found.take_steps.restype = ctypes.c_int64
    found.take_steps.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
    return found if _agrees_with_numpy(found) else None


def _agrees_with_numpy(found: ctypes.CDLL) -> bool:
    """Whether a step of each kind of call has NumPy's bits; not where this NumPy doesn't give its loops out."""
    try:
        return all(_agrees(found, np.dtype(kind)) for kind in (np.float64, np.float32))
    except (NoLoopError, AttributeError, TypeError, ValueError):
        return False


def _agrees(found: ctypes.CDLL, dtype: np.dtype[np.floating]) -> bool:
    numbers = np.random.default_rng(0)
    a, b, column = (numbers.normal(size=shape).astype(dtype) for shape in ((7, 5), (5, 9), (7, 1)))
    outs = [np.zeros(shape, dtype) for shape in ((7, 9), (7, 9), (7, 9), (7, 9), (1, 9), (7, 1), (1, 9), (), (7, 9))]
    product, total, squashed, where, units, samples, largest, square, power = outs
    calls: list[Bound] = [
        ops.matmul.bind((a, b), product),
        ops.add.bind((product, column), total),
        ops.tanh.bind((total,), squashed),
        ops.less.bind((product, total), where),
        ops.sum_over_units.bind((squashed,), units),
        ops.sum_over_samples.bind((squashed,), samples),
        ops.max_over_units.bind((squashed,), largest),
        ops.inner.bind((squashed, total), square),
        ops.exp.bind((squashed,), power),
    ]
    scalars = np.zeros(1, dtype)
    by_numpy = _results(partial(run, calls), outs)
    steps = NativeSteps(found, translated(found, calls), translated(found, []), scalars, 1)
    return by_numpy == _results(partial(steps, np.zeros((1, 1)), 0, 1), outs)


def _results(work: Bound, outs: list[Array]) -> list[bytes]:
    """The bits of the arrays after some work that starts from zeros."""
    for out in outs:
        out[...] = 0.0
    with np.errstate(all="ignore"):
        work()
    return [out.tobytes() for out in outs]
