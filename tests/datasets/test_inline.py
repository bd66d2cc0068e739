"""Data given on the spot, as lists and as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from shipped import composed, loaded

from runner.datasets import FAMILIES
from runner.datasets.inline import Inline


@pytest.mark.parametrize(
    ("X", "Y"),
    [
        ([[1, 2], [3, 4], [5, 6]], [7, 8, 9.5]),
        (((1, 2), (3, 4), (5, 6)), [[7], [8], [9.5]]),
        (np.array([[1, 2], [3, 4], [5, 6]]), np.array([7, 8, 9.5])),
        (np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32), np.array([[7], [8], [9.5]])),
        (pd.DataFrame({"a": [1, 3, 5], "b": [2, 4, 6]}), pd.Series([7, 8, 9.5])),
        ([np.array([1, 2]), np.array([3, 4]), [np.int8(5), 6]], [7, 8, 9.5]),
    ],
    ids=["lists", "tuples", "arrays", "float32", "pandas", "mixed"],
)
def test_forms(X: Any, Y: Any):
    """Lists, arrays and data frames of the same numbers are the same data."""
    data = loaded("inline", X=X, Y=Y)
    assert data.train.X.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert data.train.Y.tolist() == [[7], [8], [9.5]]
    assert (data.task, data.features, data.targets) == ("regression", ("x1", "x2"), ("y",))


def test_one_column():
    """A list of numbers is one column."""
    data = loaded("inline", X=[1, 2, 3], Y=[True, False, True])
    assert data.train.X.tolist() == [[1], [2], [3]]
    assert (data.task, data.features) == ("binary", ("x",))


@pytest.mark.parametrize("Y", [["cat", "dog", "cat"], [["cat"], ["dog"], ["cat"]], np.array(["cat", "dog", "cat"])])
def test_class_names(Y: Any):
    """Text for targets is labels."""
    data = loaded("inline", X=[1, 2, 3], Y=Y)
    assert (data.task, data.targets) == ("binary", ("y=dog",))
    assert data.train.Y.tolist() == [[0], [1], [0]]


def test_task_by_name():
    """The task can be named where the numbers leave it open."""
    data = loaded("inline", X=[1, 2, 3], Y=[0, 1, 2], task="classes")
    assert (data.task, data.targets) == ("classes", ("0", "1", "2"))


@pytest.mark.parametrize(
    ("X", "Y", "message"),
    [
        (None, [1], r"is missing: set 'dataset.X=\[\[0, 0\], \[0, 1\]\]', one row for each sample"),
        ([1], None, r"is missing: set 'dataset.Y="),
        ([[1, 2], [3]], [1, 2], r"rows differ in length: X\[0\] has 2 values, X\[1\] 1"),
        ([[1, 2], 3], [1, 2], r"rows differ in length"),
        ([1, "2"], [1, 2], r"X\[1\]\[0\] is '2', not a number"),
        ([1, None], [1, 2], r"X\[1\]\[0\] is None, not a number"),
        ([1, 2], ["a", 2], r"Y\[0\]\[0\] is 'a', not a number"),
        ([1, float("nan")], [1, 2], r"X\[1\]\[0\] is nan, not a finite number"),
        ([1, 2], np.array([[1.0], [-np.inf]]), r"Y\[1\]\[0\] is -inf, not a finite number"),
        ([10**400], [1], "X holds an integer too large for float64"),
        ([1, 2], [1, 2, 3], "X has 2 rows, Y has 3: every sample needs a target"),
        ([], [], r"must have rows and columns, not the shape \(0, 1\)"),
        (np.ones((2, 2, 2)), [1, 2], r"must have rows and columns, not the shape \(2, 2, 2\)"),
        ([[[1]]], [1], r"X\[0\]\[0\] is \[1\], not a number"),
        (3, [1], "must be a list of rows"),
        ({"a": 1}, [1], "must be a list of rows"),
        (np.array([1 + 2j]), [1], "not a number"),
    ],
)
def test_mistakes(X: Any, Y: Any, message: str):
    """Ragged rows, text, what is not finite and unequal lengths are refused by row and column."""
    with pytest.raises(ValidationError, match=message):
        FAMILIES["inline"].model_validate(composed("inline", X=X, Y=Y))


def test_arrays_are_the_models_own():
    """Changing the array afterwards does not change the settings, whose own can't be changed."""
    X = np.ones((2, 1))
    settings = Inline(X=X, Y=[1, 2])
    X[0] = 7
    assert settings.X[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        settings.X[0] = 7


def test_dump_and_equality():
    """Settings dump to plain lists that give equal settings again."""
    settings = Inline(X=np.eye(2), Y=["a", "b"])
    dumped = settings.model_dump()
    assert dumped["X"] == [[1.0, 0.0], [0.0, 1.0]]
    assert dumped["Y"] == ["a", "b"]
    assert Inline.model_validate(dumped) == settings
    assert Inline(X=np.eye(2), Y=["a", "c"]) != settings
