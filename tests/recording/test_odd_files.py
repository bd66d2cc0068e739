"""Files as strangers write them, each of which was once accused, or got no verdict, for the way it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner import check

pytestmark = pytest.mark.usefixtures("warm_workers")


def told(tmp_path: Path, text: str, name: str = "net.py") -> dict[str, Any]:
    """What check.json would hold for a file with this text."""
    file = tmp_path / name
    file.write_text(text)
    return check(f"subject={file}").to_dict()


NOISY = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))


def step(x, rate=0.1):
    global W, V
    mean = x @ W
    hidden = np.maximum(mean + rng.normal(size=mean.shape), 0)
    error = hidden @ V - x
    loss = 0.5 * np.sum(error**2) / len(x)
    back = error / len(x) @ V.T * (hidden > 0)
    V = V - rate * hidden.T @ error / len(x)
    W = W - rate * {sign}x.T @ back
    return loss


for epoch in range(50):
    losses = [step(X[i : i + 4]) for i in range(0, 12, 4)]
    print(np.mean(losses))
"""


def test_noise_within_a_network_is_no_draw_of_its_units(tmp_path: Path) -> None:
    """A wrong gradient behind a ReLU of noisy units, in steps of a comprehension, is found and corrected."""
    result = told(tmp_path, NOISY.format(sign="-"))
    assert result["sentence"].startswith("The gradients are wrong")
    assert "W = W - rate * x.T @ back" in result["edits"][0]["after"]


def test_a_comprehension_that_trains_is_a_loop(tmp_path: Path) -> None:
    """One turn of a comprehension whose calls each change the parameters is the step."""
    assert told(tmp_path, NOISY.format(sign=""))["passed"]


LAZY_ADAM = """
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))


class Adam:
    def __init__(self):
        self.m, self.v, self.t = {{}}, {{}}, 0

    def step(self, params, grads, lr):
        self.t += 1
        for k in params:
            if k not in self.m:
                self.m[k], self.v[k] = np.zeros_like(params[k]), np.zeros_like(params[k])
            self.m[k] = 0.9 * self.m[k] + 0.1 * grads[k]
            self.v[k] = 0.999 * self.v[k] + 0.001 * grads[k] ** 2
            m_hat = self.m[k] / (1 - 0.9**self.t)
            v_hat = self.v[k] / (1 - {beta}**self.t)
            params[k] -= lr * m_hat / (np.sqrt(v_hat) + 1e-8)


params, optimizer = {{"W": rng.normal(size=(3, 2)), "b": np.zeros(2)}}, Adam()
for epoch in range(100):
    error = X @ params["W"] + params["b"] - Y
    loss = np.mean(error**2)
    grads = {{"W": 2 * X.T @ error / error.size, "b": 2 * error.sum(0) / error.size}}
    optimizer.step(params, grads, 0.01)
"""


def test_an_optimizer_may_make_its_state_when_it_is_first_called(tmp_path: Path) -> None:
    """The gradients that go into Adam are judged where its moments are made in the first step."""
    assert told(tmp_path, LAZY_ADAM.format(beta="0.999"))["passed"]


def test_a_wrong_beta_of_an_adam_that_makes_its_state_is_named(tmp_path: Path) -> None:
    """The formula of such an optimizer is compared with the textbook's, and no gradient is accused."""
    result = told(tmp_path, LAZY_ADAM.format(beta="0.9"))
    assert [one["name"] for one in result["causes"]] == ["optimizer_formula"]
    assert not result["edits"]
