"""What can't be recorded is checked by calls alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.diagnosis.subjects.check import check_subject
from runner.settings.diagnosis import SubjectSettings

pytestmark = pytest.mark.usefixtures("warm_workers")

# The outputs go through text, in which no recording follows them.
THROUGH_TEXT = """
import json
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))


class Net:
    def __init__(self):
        self.W1, self.b1 = rng.normal(size=(3, 4)), np.zeros(4)
        self.W2, self.b2 = rng.normal(size=(4, 2)), np.zeros(2)

    def forward(self, X):
        self.A = np.tanh(X @ self.W1 + self.b1)
        return np.array(json.loads(json.dumps((self.A @ self.W2 + self.b2).tolist())))

    def loss(self, X, Y):
        return 0.5 * np.sum((self.forward(X) - Y) ** 2) / len(X)

    def gradients(self, X, Y):
        d2 = (self.forward(X) - Y) / len(X)
        d1 = d2 @ self.W2.T * SLOPE
        return [X.T @ d1, d1.sum(axis=0), self.A.T @ d2, BIAS]
"""


@pytest.mark.parametrize(
    ("slope", "bias", "wrong", "names"),
    [
        ("(1 - self.A**2)", "d2.sum(axis=0)", [], []),
        ("(1 - self.A)", "d2.sum(axis=0)", ["W1", "b1"], []),
        ("(1 - self.A**2)", "np.zeros(2)", ["b2"], ["bias_gradient_missing@2"]),
    ],
)
def test_gradients_are_compared_with_differences(
    slope: str, bias: str, wrong: list[str], names: list[str], tmp_path: Path
) -> None:
    """The verdict is that of central differences, and a note says why."""
    file = tmp_path / "net.py"
    file.write_text(THROUGH_TEXT.replace("SLOPE", slope).replace("BIAS", bias))
    result = check_subject(SubjectSettings.model_validate({"path": f"{file}:Net"}))
    assert result.passed == (not wrong)
    assert [array.name for array in result.arrays if not array.passed] == wrong
    assert [cause.fault for cause in result.causes] == names
    assert result.notes[0].startswith("it was checked by calls alone: ")
