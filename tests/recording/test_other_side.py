"""What is no line of the backward pass: the loss, a parameter that is written over, an update that is made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import check
from runner.diagnosis.subjects.result import SubjectResult

pytestmark = pytest.mark.usefixtures("warm_workers")

NET = """
import numpy as np

draw = np.random.RandomState(5)
X, Y = draw.randn(9, 3), draw.randn(9, 2)
W1, b1 = draw.randn(3, 4), draw.randn(4)
W2, b2 = draw.randn(4, 2), draw.randn(2)
rate = 0.1

for turn in range(3):
    A = np.tanh(X @ W1 + b1)
    O = A @ W2 + b2
    loss = np.sum((O - Y) ** 2) / len(X)
    d2 = 2 * (O - Y) / len(X)
    dW2 = A.T @ d2
    d1 = d2 @ W2.T * (1 - A**2)
    W2 -= rate * dW2
    b2 -= rate * d2.sum(axis=0)
    W1 -= rate * X.T @ d1
    b1 -= rate * d1.sum(axis=0)
"""


def checked(wrong: str, right: str, folder: Path) -> SubjectResult:
    """What is found where something stands in the place of what is right."""
    assert right in NET
    (folder / "net.py").write_text(NET.replace(right, wrong))
    found = check(f"subject={folder / 'net.py'}")
    assert isinstance(found, SubjectResult)
    return found


def test_the_loss_is_a_place_where_no_gradient_belongs_to_it(tmp_path: Path) -> None:
    """Where the passes disagree from the beginning, the line of the loss is among the first that are named."""
    found = checked("loss = np.sum(np.abs(O - Y) ** 3)", "loss = np.sum((O - Y) ** 2)", tmp_path)
    assert 13 in [place.line for place in found.places[:3]]


def test_a_parameter_that_is_written_over_is_seen(tmp_path: Path) -> None:
    """`b1 = -rate * ...` gives the step in the place of the parameter: the correction adds it."""
    (edit,) = checked("b1 = -rate * d1.sum(axis=0)", "b1 -= rate * d1.sum(axis=0)", tmp_path).edits
    assert edit.after.strip() == "b1 += -rate * d1.sum(axis=0)"


def test_an_update_that_is_made_twice_is_early(tmp_path: Path) -> None:
    """The same step before and after its parameter is read is a mistake, and no step of its own."""
    found = checked("dW2 = A.T @ d2\n    W2 -= rate * dW2", "dW2 = A.T @ d2", tmp_path)
    assert not found.passed
    assert 16 in [place.line for place in found.places[:3]]
