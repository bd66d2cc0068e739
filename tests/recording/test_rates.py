"""A learning rate that is a number in the update: a factor of the gradient may be part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import check
from runner.recording.scenarios.naming import is_rate

pytestmark = pytest.mark.usefixtures("warm_workers")

SCRIPT = """
import numpy as np

draw = np.random.RandomState(0)
X = draw.randn(40, 3)
y = X @ np.array([1.0, 2.0, 3.0]) + 0.1 * draw.randn(40)
w = np.zeros(3)
lr = 0.01
for turn in range(50):
    e = X @ w - y
    loss = np.mean(e**2)
    UPDATE
"""


def script(folder: Path, update: str) -> str:
    """The command line's word for the script with this update."""
    file = folder / "fit.py"
    file.write_text(SCRIPT.replace("UPDATE", update))
    return f"subject={file}"


@pytest.mark.parametrize(
    "update",
    [
        "w -= 0.01 * 2 * X.T @ e / 40",
        "w -= 2 * 0.01 * (X.T @ e) / 40",
        "w -= 0.02 * X.T @ e / len(X)",
        "w = w - 0.01 * (2 / 40) * (X.T @ e)",
    ],
)
def test_a_factor_that_may_be_in_the_rate_is_no_mistake(tmp_path: Path, update: str) -> None:
    """The gradients are right, and the rate at which they are is reported as what was assumed."""
    result = check(script(tmp_path, update))
    assert result.passed, result.sentence
    assert "with a learning rate of 0.01" in result.sentence


@pytest.mark.parametrize(
    "update",
    [
        "w -= lr * X.T @ e / len(X)",  # the 2 of the square is missing: the rate has a name, and is no part of it
        "w += 0.02 * X.T @ e / len(X)",
        "w -= 0.02 * X.T @ np.abs(e) / len(X)",
    ],
)
def test_other_factors_and_wrong_gradients_are_mistakes(tmp_path: Path, update: str) -> None:
    """A factor beside a rate of its own name, a wrong sign and a wrong gradient are still reported."""
    assert not check(script(tmp_path, update)).passed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("lr", True), ('config["lr"]', True), ("self.args['learning_rate']", True), ('config["hidden"]', False)],
)
def test_a_rate_is_known_by_its_name(text: str, expected: bool) -> None:
    """The key of a dictionary is such a name."""
    assert is_rate(text) == expected
