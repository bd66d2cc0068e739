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


NEURON = """
import numpy as np

draw = np.random.RandomState(0)
X = draw.randn(30, 3)
Y = (X[:, 0] > 0) * 1.0
v, s, b = draw.randn(3), 0.5, 0.2
for epoch in range(20):
    for x, y in zip(X, Y):
        h = np.tanh(x @ v)
        p = 1 / (1 + np.exp(-(s * h + b)))
        d = p - y
        g = d * s * (1 - h * h)
        s -= {}
        b -= 0.3 * d
        v -= {}
"""


@pytest.mark.parametrize(
    ("s", "v"),
    [
        ("0.3 * d * h", "0.3 * g * x"),
        ("d * h * 0.3", "g * x * 0.3"),
        ("0.3 * (d * h)", "0.3 * (g * x)"),
        ("h * 0.3 * d", "x * 0.3 * g"),
        ("d * (h * 0.3)", "g * (0.3 * x)"),
        ("0.6 * d * h * 0.5", "0.5 * (0.6 * g * x)"),
    ],
)
def test_a_rate_is_found_wherever_it_stands_in_a_product(tmp_path: Path, s: str, v: str) -> None:
    """One factor of a product of numbers, beside a bias whose update is the rate times its gradient."""
    file = tmp_path / "neuron.py"
    file.write_text(NEURON.format(s, v))
    result = check(f"subject={file}")
    assert result.passed, result.sentence


@pytest.mark.parametrize(("s", "v"), [("0.3 * d * h", "0.3 * g * x * x"), ("0.3 * d * (1 - h)", "0.3 * g * x")])
def test_a_wrong_gradient_in_a_product_with_a_rate_is_found(tmp_path: Path, s: str, v: str) -> None:
    """The rate excuses nothing else."""
    file = tmp_path / "neuron.py"
    file.write_text(NEURON.format(s, v))
    assert check(f"subject={file}").passed is False
