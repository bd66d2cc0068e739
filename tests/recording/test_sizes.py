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
