"""Faults of the data and of the start: the program is right, what it is given is not."""

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


def spoiled_data(fault: str, value: str, X: Array, Y: Array, draws: Draws | None) -> tuple[Array, Array]:
    """What a fault makes of samples X (n, features) and Y (n, outputs); `draws` for the part that is trained on."""
    if fault == "integer_overflow" and value in _INTEGERS:
        return as_integers(X, value), as_integers(Y, value)
    if fault == "targets_shuffled_apart" and draws is not None:
        return X, np.ascontiguousarray(Y[draws.permutation(len(Y))])
    return X, Y


def spoiled_start(fault: str, value: str, theta: Array) -> Array:
    """What a fault makes of the initial parameters."""
    return np.trunc(theta) if (fault, value) == ("integer_overflow", "weights") else theta


FAULTS = (
    Fault(
        "integer_overflow",
        "data",
        "X and Y in an integer type: cut to whole numbers, wrapped around; =weights: the initial W and b cut",
        untouched,
        candidates=output_layer,
        takes_layer=False,
        value="int16",
        values=(*_INTEGERS, "weights"),
    ),
    Fault(
        "targets_shuffled_apart",
        "data",
        "the targets of the training part in another order than the inputs",
        untouched,
        candidates=output_layer,
        takes_layer=False,
    ),
)
