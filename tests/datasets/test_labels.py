"""Which task the target columns speak of, and how they become targets."""

from __future__ import annotations

import numpy as np
import pytest

from runner.datasets.labels import MAX_CLASSES, encode_targets
from runner.errors import UserError


def columns(**values: list[float] | list[str]):
    """Columns as float64 or text."""
    return {
        name: np.array(column, dtype=str if isinstance(column[0], str) else float) for name, column in values.items()
    }


@pytest.mark.parametrize(
    ("choice", "given", "task", "Y", "names"),
    [
        ("auto", {"y": [1, 2.5, 2]}, "regression", [[1], [2.5], [2]], ("y",)),
        ("auto", {"y": [1, 0, 1]}, "binary", [[1], [0], [1]], ("y",)),
        ("auto", {"y": [0, 0]}, "regression", [[0], [0]], ("y",)),
        ("auto", {"y": [1, -1]}, "regression", [[1], [-1]], ("y",)),
        ("auto", {"y": ["no", "yes", "no"]}, "binary", [[0], [1], [0]], ("y=yes",)),
        ("auto", {"y": ["b", "c", "a"]}, "classes", [[0, 1, 0], [0, 0, 1], [1, 0, 0]], ("a", "b", "c")),
        ("auto", {"a": [1, 0], "b": [0, 1]}, "classes", [[1, 0], [0, 1]], ("a", "b")),
        ("auto", {"a": [1, 0], "b": [1, 1]}, "multilabel", [[1, 1], [0, 1]], ("a", "b")),
        ("auto", {"a": [1, 0], "b": [1, 3]}, "regression", [[1, 1], [0, 3]], ("a", "b")),
        ("regression", {"y": [0, 1]}, "regression", [[0], [1]], ("y",)),
        ("binary", {"y": [1, -1]}, "binary", [[1], [0]], ("y=1",)),
        ("binary", {"y": [0, 0]}, "binary", [[0], [0]], ("y",)),
        ("classes", {"y": [3, 1.5, 1234567]}, "classes", [[0, 1, 0], [1, 0, 0], [0, 0, 1]], ("1.5", "3", "1234567")),
        ("classes", {"y": ["yes", "no"]}, "classes", [[0, 1], [1, 0]], ("no", "yes")),
        ("multilabel", {"a": [1, 0], "b": [0, 1]}, "multilabel", [[1, 0], [0, 1]], ("a", "b")),
    ],
)
def test_encoding(choice, given, task, Y, names):
    """The guess, or the task asked for, decides the targets and their names."""
    encoded, found, targets = encode_targets(columns(**given), choice)
    assert (encoded.tolist(), found, targets) == (Y, task, names)
    assert encoded.dtype == np.float64


@pytest.mark.parametrize(
    ("choice", "given", "message"),
    [
        ("auto", {"a": ["x", "y"], "b": [0, 1]}, "several targets must all be numbers: 'a' holds x, y; 'b' holds 0, 1"),
        ("regression", {"y": ["x", "y"]}, "regression needs numbers, not text: 'y' holds x, y"),
        ("binary", {"y": [1, 2, 3]}, "binary needs one column with two different values: 'y' holds 1, 2, 3"),
        ("binary", {"a": [0, 1], "b": [0, 1]}, "binary needs one column with two different values"),
        ("classes", {"a": [1, 1], "b": [1, 0]}, "classes need one column of labels, or one-hot columns"),
        (
            "classes",
            {"y": list(range(MAX_CLASSES + 1))},
            "1001 different values are too many for classes: 'y' holds 0, 1, 2, 3, ... (1001 different values)",
        ),
        ("multilabel", {"a": [0, 2], "b": [0, 1]}, "multilabel needs columns of 0 and 1"),
        ("multilabel", {"a": ["0", "1"]}, "multilabel needs columns of 0 and 1"),
    ],
)
def test_impossible_tasks(choice, given, message):
    """Columns that can't be the targets of a task are reported with what they hold."""
    with pytest.raises(UserError) as error:
        encode_targets(columns(**given), choice)
    [problem] = error.value.problems
    assert (problem.path, problem.given) == ("dataset.task", choice)
    assert message in problem.message
