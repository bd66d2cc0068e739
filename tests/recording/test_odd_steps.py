"""Steps whose parameters, losses or surroundings are easily taken for something else, through `runner.check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import check

pytestmark = pytest.mark.usefixtures("warm_workers")

LAYERS = """
import numpy as np

rng = np.random.default_rng(0)


class Dense:
    def __init__(self, inputs, outputs):
        self.weights, self.bias = rng.normal(size=(outputs, inputs)), rng.normal(size=(outputs, 1))

    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, grad, rate):
        {first}
        {second}
        self.bias -= rate * grad
        return back


class Tanh:
    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, grad, rate):
        return grad * (1 - np.tanh(self.x) ** 2)


X = np.reshape([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], (4, 2, 1))
Y = np.reshape([[0.0], [1.0], [1.0], [0.0]], (4, 1, 1))
network = [Dense(2, 3), Tanh(), Dense(3, 1), Tanh()]
for epoch in range(1000):
    for x, y in zip(X, Y):
        out = x
        for layer in network:
            out = layer.forward(out)
        error = np.mean((y - out) ** 2)
        grad = 2 * (out - y) / y.size
        for layer in reversed(network):
            grad = layer.backward(grad, 0.1)
"""
BACK, UPDATE = "back = self.weights.T @ grad", "self.weights -= rate * grad @ self.x.T"

SPIRAL = """
import numpy as np

rng = np.random.default_rng(0)
t = np.linspace(0.2, 1, 12)
X = np.c_[np.r_[t, -t], np.r_[np.sin(4 * t), np.cos(4 * t)]]
y = np.repeat([0, 1], 12)
W, b = 0.01 * rng.normal(size=(2, 5)), np.zeros((1, 5))
W2, b2 = 0.01 * rng.normal(size=(5, 2)), np.zeros((1, 2))
reg = 1e-3
for i in range(1000):
    hidden = np.maximum(0, X @ W + b)
    scores = hidden @ W2 + b2
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    data_loss = -np.log(probs[range(24), y]).sum() / 24
    reg_loss = 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)
    loss = data_loss + reg_loss
    dscores = probs
    dscores[range(24), y] -= 1
    dscores /= 24
    dhidden = {back}
    dW2, db2 = hidden.T @ dscores + reg * W2, dscores.sum(axis=0, keepdims=True)
    dW, db = X.T @ dhidden + reg * W, dhidden.sum(axis=0, keepdims=True)
    W -= 1.0 * dW
    b -= 1.0 * db
    W2 -= 1.0 * dW2
    b2 -= 1.0 * db2
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file to be written, in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "net.py"


def test_layers_that_a_loop_variable_holds_too_are_all_checked(net: Path) -> None:
    """After the step the variable of the loop is another layer; every layer's arrays are checked all the same."""
    net.write_text(LAYERS.format(first=BACK, second=UPDATE))
    result = check(f"subject={net.name}")
    assert result.passed, result.sentence
    kinds = ("network[0].weights", "network[0].bias", "network[2].weights", "network[2].bias")
    assert sorted(array.name for array in result.arrays) == sorted(kinds)


def test_weights_that_are_updated_before_the_gradient_goes_through_them(net: Path) -> None:
    """The layer below is wrong, though the first sample is zero and no gradient of its weights can be seen."""
    net.write_text(LAYERS.format(first=UPDATE, second=BACK))
    result = check(f"subject={net.name}")
    assert not result.passed
    assert [array.name for array in result.arrays if not array.passed] == ["network[0].bias"]
    first = result.to_dict()["places"][0]
    assert first["text"] == UPDATE
    assert "is updated here before the backward pass has read it" in first["sentence"]


@pytest.mark.parametrize(
    ("back", "right"), [("dscores @ W2.T * (hidden > 0)", True), ("dscores @ W2.T", False)], ids=["right", "wrong"]
)
def test_a_small_term_of_the_loss_is_no_epsilon(net: Path, back: str, right: bool) -> None:
    """A penalty of 1e-4 belongs to the loss; NumPy's endless `np.c_` beside the data is left alone."""
    net.write_text(SPIRAL.format(back=back))
    result = check(f"subject={net.name}")
    assert result.passed is right, result.sentence
    if not right:
        assert "* (hidden > 0)" in result.to_dict()["edits"][0]["after"]
