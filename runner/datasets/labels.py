"""From the target columns of a user's data to the targets of a task.

Text and zeros and ones are labels, other numbers are quantities; a task that is asked for by name overrules
the guess, as far as the columns allow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from runner.datasets.base import FloatArray, Task, one_hot
from runner.errors import Problem, UserError

TaskChoice = Literal["auto", "regression", "binary", "classes", "multilabel"]
# A column of numbers (n,) float64, or of text (n,).
Column = FloatArray | NDArray[np.str_]
Columns = dict[str, Column]

# More classes than this are names or running numbers, not labels.
MAX_CLASSES = 1000


def encode_targets(columns: Columns, choice: TaskChoice) -> tuple[FloatArray, Task, tuple[str, ...]]:
    """Y (n, outputs), the task, and a name for each output; `columns` are not empty and finite.

    Raises `UserError` where the columns can't be the targets of that task.
    """
    task = infer_task(columns) if choice == "auto" else choice
    Y, names = ENCODERS[task](columns)
    return Y, task, names


def infer_task(columns: Columns) -> Task:
    """The task that the columns speak of; text in one of several columns is an error."""
    first = next(iter(columns.values()))
    if any(is_text(column) for column in columns.values()):
        if len(columns) > 1:
            raise _refuse("text can be the only target: several targets must all be numbers", columns)
        return "binary" if len(np.unique(first)) == 2 else "classes"
    Y = np.column_stack(list(columns.values()))
    if not zeros_and_ones(Y):
        return "regression"
    if len(columns) == 1:
        return "binary" if len(np.unique(Y)) == 2 else "regression"
    return "classes" if is_one_hot(Y) else "multilabel"


def is_text(column: Column) -> bool:
    """Whether the column holds text."""
    return column.dtype.kind == "U"


def zeros_and_ones(Y: NDArray[np.generic]) -> bool:
    """Whether Y holds nothing but the numbers 0 and 1."""
    return Y.dtype.kind == "f" and bool(np.isin(Y, (0.0, 1.0)).all())


def is_one_hot(Y: NDArray[np.generic]) -> bool:
    """Whether each row of Y (n, classes) is zero but for one 1."""
    return zeros_and_ones(Y) and bool((Y.astype(np.float64).sum(axis=1) == 1.0).all())


def class_name(value: float | str) -> str:
    """The name of a class: 3 for the number 3.0."""
    if isinstance(value, str):
        return str(value)
    return str(int(value)) if value.is_integer() else str(float(value))


def _regression(columns: Columns) -> tuple[FloatArray, tuple[str, ...]]:
    if any(is_text(column) for column in columns.values()):
        raise _refuse("regression needs numbers, not text", columns, "regression")
    return np.column_stack([column.astype(np.float64) for column in columns.values()]), tuple(columns)


def _binary(columns: Columns) -> tuple[FloatArray, tuple[str, ...]]:
    [name, *others], [column, *_] = columns, columns.values()
    values, codes = np.unique(column, return_inverse=True)
    if others or (len(values) != 2 and not zeros_and_ones(column)):
        raise _refuse("binary needs one column with two different values", columns, "binary")
    if zeros_and_ones(column):
        return column.astype(np.float64).reshape(-1, 1), (name,)
    return codes.astype(np.float64).reshape(-1, 1), (f"{name}={class_name(values[1])}",)


def _classes(columns: Columns) -> tuple[FloatArray, tuple[str, ...]]:
    if len(columns) > 1:
        Y = np.column_stack(list(columns.values()))
        if not is_one_hot(Y):
            raise _refuse("classes need one column of labels, or one-hot columns", columns, "classes")
        return Y.astype(np.float64), tuple(columns)
    values, codes = np.unique(next(iter(columns.values())), return_inverse=True)
    if len(values) > MAX_CLASSES:
        raise _refuse(f"{len(values)} different values are too many for classes", columns, "classes")
    return one_hot(codes, len(values)), tuple(class_name(value) for value in values)


def _multilabel(columns: Columns) -> tuple[FloatArray, tuple[str, ...]]:
    Y = np.column_stack(list(columns.values()))
    if not zeros_and_ones(Y):
        raise _refuse("multilabel needs columns of 0 and 1", columns, "multilabel")
    return Y.astype(np.float64), tuple(columns)


ENCODERS: dict[Task, Callable[[Columns], tuple[FloatArray, tuple[str, ...]]]] = {
    "regression": _regression,
    "binary": _binary,
    "classes": _classes,
    "multilabel": _multilabel,
}


def _refuse(message: str, columns: Columns, task: str = "auto") -> UserError:
    """The error, with what the columns hold."""
    contents = []
    for name, column in columns.items():
        values = np.unique(column)
        shown = ", ".join(class_name(value) for value in values[:4])
        more = f", ... ({len(values)} different values)" if len(values) > 4 else ""
        contents.append(f"{name!r} holds {shown}{more}")
    return UserError(Problem("dataset.task", f"{message}: {'; '.join(contents[:5])}", given=task))
