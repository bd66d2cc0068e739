"""Programs in single precision, and losses that hold absolute values, are judged like others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from runner import check
from runner.recording.scenarios.changes import descends

pytestmark = pytest.mark.usefixtures("warm_workers")

NETWORK = """import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(9, 3)){0}
y = rng.normal(size=(9, 2)).astype({1})
w = (0.5 * rng.normal(size=(3, 4))){0}
v = (0.5 * rng.normal(size=(4, 2))){0}
square = np.zeros(4, dtype={1})
for step in range(50):
    h = np.tanh(x @ w)
    r = h @ v - y
    loss = np.mean(np.where(np.abs(r) <= 1, 0.5 * r**2, np.abs(r) - 0.5))
    print(np.mean(np.abs(r)), loss)
    d = np.clip(r, -1, 1) / r.size
    w -= 0.1 * x.T @ (d @ v.T * (1 - h**2))
    v -= 0.1 * h.T @ d
"""


@pytest.mark.parametrize(
    "types", [(".astype(np.float32)", "'float32'"), (".astype('f4')", "np.float32"), ("", "float")]
)
def test_a_right_network_is_right_in_any_precision(types: tuple[str, str], tmp_path: Path) -> None:
    """Rounding is no mistake, and the loss that is descended is not the mean error that is printed."""
    (tmp_path / "net.py").write_text(NETWORK.format(*types))
    result = check(f"subject={tmp_path / 'net.py'}")
    assert result.passed, result.sentence
    assert all(array.relative_error < 1e-9 for array in result.arrays)
    assert "if the loss is" not in result.sentence


def test_the_sign_of_a_gradient_survives_an_optimizer_that_fails() -> None:
    """Most numbers decide, whatever is no number among them."""
    gradient = np.array([1.0, -2.0, 3.0])
    assert descends(0.1 * gradient, gradient) == 1.0
    assert descends(-0.1 * gradient, gradient) == -1.0
    assert descends(np.array([np.nan, -0.1, np.nan]), gradient) == 1.0
