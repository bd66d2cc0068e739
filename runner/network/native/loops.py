"""NumPy's own loops, by ufunc and type: what `np.exp(a, out)` calls once it has looked at its operands.

NumPy gives them out by `ufunc._resolve_dtypes_and_context` and `_get_strided_loop`, whose docstrings describe the
capsule and call it experimental; therefore `library.available` compares the bits of a small program before any use.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

_CAPSULE = b"numpy_1.24_ufunc_call_info"
_pointer_in = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_in.restype, _pointer_in.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


class _CallInfo(ctypes.Structure):
    _fields_ = (
        ("loop", ctypes.c_void_p),
        ("context", ctypes.c_void_p),
        ("auxiliary", ctypes.c_void_p),
        ("needs_python", ctypes.c_ubyte),
        ("sets_no_flags", ctypes.c_ubyte),
    )


@dataclass(frozen=True)
class Loop:
    """A loop: where its code is and what it is called with. `capsule` owns the memory of the last two."""

    code: int
    context: int | None
    auxiliary: int | None
    dtypes: tuple[np.dtype[Any], ...]
    capsule: object


class NoLoopError(ValueError):
    """A call that can't be carried out without Python; the message says why."""


@lru_cache(maxsize=256)
def loop_of(ufunc: np.ufunc, dtype: np.dtype[Any]) -> Loop:
    """The loop of a ufunc whose operands all have this type.

    Raises:
        NoLoopError: operands would be converted, or the loop is Python's.
    """
    inputs = (dtype,) * ufunc.nin
    dtypes, capsule = ufunc._resolve_dtypes_and_context((*inputs, *(None,) * ufunc.nout))  # type: ignore[attr-defined]
    ufunc._get_strided_loop(capsule)  # type: ignore[attr-defined]
    info = _CallInfo.from_address(_pointer_in(capsule, _CAPSULE))
    if dtypes[: ufunc.nin] != inputs or info.needs_python or not info.loop:
        raise NoLoopError(f"{ufunc.__name__} has no loop of its own for {dtype}")
    return Loop(info.loop, info.context, info.auxiliary, dtypes, capsule)
