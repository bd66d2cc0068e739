"""The table that executor.c works through: calls of a segment of steps as plain numbers and addresses."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runner.network.native.calls import nests_of
from runner.network.native.loops import Loop
from runner.network.native.nest import MOST_OUTER, Nest
from runner.network.ops import Array, Bound

_OPERANDS = 3
_word = ctypes.c_ssize_t


class _Call(ctypes.Structure):
    """`struct call` of executor.c."""

    _fields_ = (
        ("run", ctypes.c_void_p),
        ("context", ctypes.c_void_p),
        ("auxiliary", ctypes.c_void_p),
        ("outer", ctypes.c_int64),
        ("shape", ctypes.c_int64 * MOST_OUTER),
        ("outer_strides", _word * _OPERANDS * MOST_OUTER),
        ("dimensions", _word * 4),
        ("strides", _word * (3 * _OPERANDS)),
        ("data", ctypes.c_void_p * _OPERANDS),
        ("advance", _word * _OPERANDS),
    )


class _Table(ctypes.Structure):
    """`struct table` of executor.c."""

    _fields_ = (
        ("gradient", ctypes.POINTER(_Call)),
        ("update", ctypes.POINTER(_Call)),
        ("gradients", ctypes.c_int64),
        ("updates", ctypes.c_int64),
        ("scalars", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("checked", ctypes.c_int64),
        ("single", ctypes.c_int64),
        ("rows", ctypes.c_void_p),
    )


class Calls:
    """Calls in their order as an array of `struct call`; keeps alive what they point to."""

    def __init__(self, library: ctypes.CDLL, nests: Sequence[Nest]) -> None:
        self._nests = nests
        self.count = len(nests)
        self.array = (_Call * len(nests))(*(_call(library, nest) for nest in nests))


def translated(library: ctypes.CDLL, calls: Sequence[Bound]) -> Calls:
    """Calls of NumPy's as a table of them.

    Raises:
        NoLoopError: one of them only Python can carry out.
    """
    return Calls(library, [nest for call in calls for nest in nests_of(call)])


class NativeSteps:
    """Steps that executor.c takes: the calls for the gradient, a look at the row of scalars, the calls of the update.

    `scalars` (count,) is the row that a step leaves, `checked` how many of its first are to be finite.
    """

    def __init__(self, library: ctypes.CDLL, gradient: Calls, update: Calls, scalars: Array, checked: int) -> None:
        self._library, self._gradient, self._update = library, gradient, update
        self._scalars, self.checked = scalars, checked
        self._take_steps = library.take_steps
        self._table = _Table(
            gradient.array,
            update.array,
            gradient.count,
            update.count,
            scalars.ctypes.data,
            len(scalars),
            checked,
            scalars.dtype == np.float32,
        )

    def __call__(self, rows: NDArray[np.float64], first: int, end: int) -> int:
        """Take the steps `first` to `end`, each into its row of `rows` (steps, count), which lie side by side.

        Returns `end`, or the step whose checked scalars are not all finite. Of that step the gradient is there, and
        neither is the update made nor the row written.
        """
        self._table.rows = rows.ctypes.data
        return int(self._take_steps(ctypes.byref(self._table), first, end))

    def with_extra(self, extra: Sequence[Bound]) -> HalvedSteps:
        """The same with calls of Python's between gradient and update."""
        library, none = self._library, Calls(self._library, [])
        gradient = NativeSteps(library, self._gradient, none, self._scalars[:0], 0)
        return HalvedSteps(gradient, extra, NativeSteps(library, none, self._update, self._scalars, self.checked))


class HalvedSteps:
    """Steps whose gradients are computed by `gradient`, which checks and leaves nothing, and whose rest is `update`.

    The calls of `extra` are made in between, before it is known whether a step is finite.
    """

    def __init__(self, gradient: NativeSteps, extra: Sequence[Bound], update: NativeSteps) -> None:
        self._gradient, self._extra, self._update = gradient, extra, update

    def __call__(self, rows: NDArray[np.float64], first: int, end: int) -> int:
        """Take the steps `first` to `end`, as `NativeSteps` does."""
        for row in range(first, end):
            self._gradient(rows, row, row + 1)
            for call in self._extra:
                call()
            if self._update(rows, row, row + 1) == row:
                return row
        return end


def _call(library: ctypes.CDLL, nest: Nest) -> _Call:
    call = _Call()
    if isinstance(nest.loop, Loop):
        call.run, call.context, call.auxiliary = nest.loop.code, nest.loop.context, nest.loop.auxiliary
    else:
        call.run, call.context = ctypes.cast(library[nest.loop.name], ctypes.c_void_p), nest.loop.size
    call.outer = len(nest.shape)
    call.shape[: len(nest.shape)] = nest.shape
    for axis, strides in enumerate(nest.outer):
        call.outer_strides[axis][: len(strides)] = strides
    call.dimensions[: len(nest.dimensions)] = nest.dimensions
    call.strides[: len(nest.strides)] = nest.strides
    call.data[: len(nest.operands)] = [operand.ctypes.data for operand in nest.operands]
    call.advance[: len(nest.advance)] = nest.advance
    return call
