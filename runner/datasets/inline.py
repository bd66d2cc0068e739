"""Data written down on the spot: lists in YAML or on the command line, arrays from Python."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator, ValidationInfo, field_validator

from runner.datasets.base import DatasetSettings, FloatArray, RawData, mistake, numbered
from runner.datasets.labels import Column, TaskChoice, encode_targets
from runner.rng import Draws


def _numbers(value: object, info: ValidationInfo) -> FloatArray:
    """A read-only (n, columns) copy of a list of rows, a list of numbers, an array or a data frame."""
    name = info.field_name
    if value is None:
        raise mistake(f"is missing: set 'dataset.{name}=[[0, 0], [0, 1]]', one row for each sample")
    if not isinstance(value, list | tuple):
        value = np.asarray(value)
        if value.ndim == 0:
            raise mistake("must be a list of rows, or a list of numbers for one column")
        if value.dtype.kind not in "biuf":
            value = value.tolist()
    matrix = _rows(value, str(name)) if isinstance(value, list | tuple) else np.array(value, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix.reshape(-1, 1)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise mistake(f"must have rows and columns, not the shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise mistake(f"{name}[{row}][{column}] is {matrix[row, column]:g}, not a finite number")
    matrix.flags.writeable = False
    return matrix


def _rows(rows: list[Any] | tuple[Any, ...], name: str) -> FloatArray:
    """The matrix of a list, its rows and elements checked one by one."""
    nested = [list(row) if isinstance(row, list | tuple | np.ndarray) else [row] for row in rows]
    for i, row in enumerate(nested):
        if len(row) != len(nested[0]):
            raise mistake(f"rows differ in length: {name}[0] has {len(nested[0])} values, {name}[{i}] {len(row)}")
        for j, element in enumerate(row):
            if not isinstance(element, int | float | np.number | np.bool_):
                raise mistake(f"{name}[{i}][{j}] is {element!r}, not a number")
    try:
        return np.array(nested, dtype=np.float64)
    except OverflowError:
        raise mistake(f"{name} holds an integer too large for float64") from None


def _labels(value: object, info: ValidationInfo) -> Column:
    """Numbers as in X, or one text (n,) for each sample."""
    if isinstance(value, list | tuple) or hasattr(value, "__array__"):
        texts = np.asarray(value, dtype=object)
        if texts.ndim == 2 and texts.shape[1] == 1:
            texts = texts[:, 0]
        if texts.ndim == 1 and len(texts) and all(isinstance(text, str) for text in texts):
            return texts.astype(np.str_)
    return _numbers(value, info)


def _to_list(array: NDArray[np.generic]) -> list[Any]:
    return array.tolist()  # type: ignore[no-any-return]


Matrix = Annotated[Any, PlainValidator(_numbers), PlainSerializer(_to_list)]
Targets = Annotated[Any, PlainValidator(_labels), PlainSerializer(_to_list)]


class Inline(DatasetSettings):
    """X and Y as given. Draws nothing.

    X is a list of rows (a list of numbers for one feature) or anything that NumPy takes for such an array; Y
    likewise, or a list of texts, the names of classes.
    """

    name: Literal["inline"] = "inline"
    X: Matrix
    Y: Targets
    task: TaskChoice = "auto"

    @field_validator("Y")
    @classmethod
    def _one_target_for_each_sample(cls, Y: Column, info: ValidationInfo) -> Column:
        X = info.data.get("X")
        if X is not None and len(X) != len(Y):
            raise mistake(f"X has {len(X)} rows, Y has {len(Y)}: every sample needs a target")
        return Y

    def __eq__(self, other: object) -> bool:
        # pydantic compares with ==, which for arrays is no truth value.
        return isinstance(other, Inline) and self.model_dump() == other.model_dump()

    def generate(self, draws: Draws) -> RawData:
        """X (n, features) and Y (n, outputs) in the order given."""
        Y = self.Y.reshape(len(self.Y), -1)
        columns = {name: Y[:, j] for j, name in enumerate(numbered("y", Y.shape[1]))}
        encoded, task, names = encode_targets(columns, self.task)
        return RawData(self.X, encoded, task, numbered("x", self.X.shape[1]), names)
