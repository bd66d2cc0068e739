"""Faults of the data and of the initial parameters: the program is right, what it is given is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runner.network.faults.fault import Fault, output_layer, untouched
from runner.network.ops import Array

if TYPE_CHECKING:
    from runner.rng import Draws

_INTEGERS = ("int16", "int8", "uint8", "uint16", "int32")


def as_integers(array: Array, kind: str) -> Array:
    """The values as an integer type holds them: cut to whole numbers, those out of its range wrapped around."""
    limits = np.iinfo(kind)
    whole = np.trunc(np.asarray(array, dtype=np.float64))
    wrapped = np.mod(whole - limits.min, 2.0**limits.bits) + limits.min
    return np.ascontiguousarray(wrapped, dtype=array.dtype)


def _integer_data(kind: str, X: Array, Y: Array, draws: Draws | None) -> tuple[Array, Array]:
    return (as_integers(X, kind), as_integers(Y, kind)) if kind in _INTEGERS else (X, Y)


def _integer_start(kind: str, theta: Array) -> Array:
    return np.trunc(theta) if kind == "weights" else theta


def _shuffled_apart(value: str, X: Array, Y: Array, draws: Draws | None) -> tuple[Array, Array]:
    return (X, Y) if draws is None else (X, np.ascontiguousarray(Y[draws.permutation(len(Y))]))


FAULTS = (
    Fault(
        "integer_overflow",
        "data",
        "data",
        "X and Y in an integer type: cut to whole numbers, wrapped around (=weights: the initial W and b cut)",
        "X, Y, W and b as floating-point numbers",
        untouched,
        candidates=output_layer,
        takes_layer=False,
        value="int16",
        values=(*_INTEGERS, "weights"),
        data=_integer_data,
        start=_integer_start,
    ),
    Fault(
        "targets_shuffled_apart",
        "data",
        "data",
        "X and Y of the training split in different random orders",
        "X and Y in the same order",
        untouched,
        candidates=output_layer,
        takes_layer=False,
        data=_shuffled_apart,
    ),
)
