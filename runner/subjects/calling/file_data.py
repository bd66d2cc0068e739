"""The samples that are tried: X and Y of the subject's file, or those of a data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.subjects import naming_habits as habits
from runner.subjects.calling.forms import Data, from_canonical, from_file
from runner.subjects.complaint import Complaint
from runner.subjects.naming_habits import plain

Array = NDArray[np.float64]


def data_of(file: str, module: Any, given: tuple[Array, Array] | None, *, given_first: bool) -> Iterator[Data]:
    """X and Y of the file, else the data set; the data set alone where that was asked for."""
    X, Y = module_data(module)
    if given is not None and (given_first or X is None or Y is None):
        yield from from_canonical(*given)
        return
    if X is None or Y is None:
        raise Complaint(f"{file} has no X and Y, and no data set is given", "dataset")
    found = list(from_file(X, Y))
    if not found:
        message = f"X {X.shape} and Y {Y.shape} of {file} have no number of samples in common"
        raise Complaint(message, "subject.path")
    yield from found
    for data in found:  # where the file turns them before it passes them on
        yield from (replace(other, given=False) for other in from_canonical(data.X, data.Y))


def module_data(module: Any) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """X and Y of a file as arrays of numbers, or what has the name of inputs and targets; None where it has none."""
    found: list[NDArray[Any] | None] = []
    own = {name: value for name, value in vars(module).items() if isinstance(value, np.ndarray | list | tuple)}
    for names, usual in ((("X", "x"), habits.INPUTS), (("Y", "y"), habits.TARGETS)):
        by_word = [name for word in usual for name in own if plain(name) == word]
        arrays = (_numbers(own[name]) for name in [*(name for name in names if name in own), *by_word])
        found.append(next((array for array in arrays if array is not None), None))
    return found[0], found[1]


def _numbers(value: Any) -> NDArray[Any] | None:
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "biuf" and array.ndim in (1, 2) and array.size else None
