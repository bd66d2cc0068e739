"""A number of samples, features or outputs that a correction brings in is the one that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import check

pytestmark = pytest.mark.usefixtures("warm_workers")

# As many features as outputs: X.size and Y.size are the same number.
NET = """
import numpy as np


class Net:
    def __init__(self, features=3, hidden=5, outputs=3):
        draw = np.random.RandomState(0)
        self.W1, self.b1 = draw.randn(features, hidden) / 2, np.zeros(hidden)
        self.W2, self.b2 = draw.randn(hidden, outputs) / 2, np.zeros(outputs)

    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        return self.A1 @ self.W2 + self.b2

    def loss(self, X, Y):
        return np.mean((self.forward(X) - Y) ** 2)

    def gradients(self, X, Y):
        d2 = 2 * (self.forward(X) - Y) / X.shape[0]
        d1 = d2 @ self.W2.T * (1 - self.A1**2)
        return [X.T @ d1, d1.sum(axis=0), self.A1.T @ d2, d2.sum(axis=0)]


draw = np.random.RandomState(1)
X, Y = draw.randn(8, 3), draw.randn(8, 3)
"""


def test_a_mean_over_outputs_is_divided_by_the_size_of_the_targets(tmp_path: Path) -> None:
    """Where inputs are as wide as outputs, the correction divides by the number of targets and not of inputs."""
    file = tmp_path / "net.py"
    file.write_text(NET)
    (edit,) = check(f"subject={file}").edits
    assert edit.after.strip() == "d2 = 2 * (self.forward(X) - Y) / Y.size"


HINGE = """
import numpy as np

draw = np.random.RandomState(3)
X = draw.randn(12, 2)
y = np.where(X.sum(axis=1) > 0.2, 1.0, -1.0)
w = 0.1 * draw.randn(2)
b = 0.0
rate, share = 0.01, 0.01

for epoch in range(2):
    for i in range(len(X)):
        margin = y[i] * (X[i] @ w + b)
        loss = max(0, 1 - margin) + share * np.dot(w, w)
        if margin < 1:
            dw = 2 * share * w - y[i] * X[i]
            db = -y[i]
        else:
            dw = 2 * share * w
            db = 0.0
        w = w - rate * dw
        b = b - rate * db
"""


@pytest.mark.parametrize("wrong", ["share * w - y[i] * X[i]", "2 * share * w + y[i] * X[i]"])
def test_what_is_the_same_number_by_chance_is_no_correction(wrong: str, tmp_path: Path) -> None:
    """Two features are not the 2 of a square, a rate no decay, and the label of another sample not its opposite."""
    file = tmp_path / "hinge.py"
    file.write_text(HINGE.replace("2 * share * w - y[i] * X[i]", wrong))
    (edit,) = check(f"subject={file}").edits
    assert edit.after.strip() == "dw = 2 * share * w - y[i] * X[i]"
