"""Functions chained by the names of their arguments and results: an update of theirs as a method."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from runner.subjects.chaining import NAME, chained

DICT = """
def init_params(n_x, n_y):
    return {"W": np.ones((n_x, n_y)), "b": np.zeros(n_y)}

def forward(params, X):
    return X @ params["W"] + params["b"]

def loss(params, X, Y):
    return 0.5 * np.mean((forward(params, X) - Y) ** 2)

def backward(params, X, Y):
    d = (forward(params, X) - Y) / Y.size
    return {"W": X.T @ d, "b": d.sum(axis=0)}
"""
SEVERAL = """
def initialize(n_x, n_y):
    W = np.ones((n_x, n_y))
    b = np.zeros(n_y)
    return W, b

def forward(X, W, b):
    A = X @ W + b
    return A

def cost(A, Y):
    return 0.5 * np.mean((A - Y) ** 2)

def backward(X, A, Y):
    dA = (A - Y) / Y.size
    dW, db = X.T @ dA, dA.sum(axis=0)
    return dW, db
"""
UPDATES = {
    "new parameters": (
        DICT,
        "def update(params, grads, lr):\n    return {k: params[k] - lr * grads[k] for k in params}\n",
    ),
    "in place": (
        DICT,
        "def sgd_step(params, grads, lr=9.0):\n    for k in params:\n        params[k] -= lr * grads[k]\n",
    ),
    "one by one": (
        SEVERAL,
        "def update_params(W, b, dW, db, alpha):\n    W = W - alpha * dW\n    b = b - alpha * db\n    return W, b\n",
    ),
}


@pytest.mark.parametrize("case", UPDATES.values(), ids=list(UPDATES))
def test_an_update_is_chained_behind_the_backward_pass(case: tuple[str, str]) -> None:
    """Our rate goes where the update takes one; the parameters afterwards are those before less rate times gradient."""
    source = chained(ast.parse("".join(case)))
    assert source is not None
    namespace = {"np": np}
    exec("".join(case) + "\n" + source, namespace)
    network = namespace[NAME](2, 1)  # type: ignore[operator]
    X, Y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0], [1.0]])

    def kept() -> list[np.ndarray]:
        held = network.parameters
        return [held["W"].copy(), held["b"].copy()] if isinstance(held, dict) else [network.W.copy(), network.b.copy()]

    if case[0] is SEVERAL:
        network.parameters = None
    before, given = kept(), network.gradients(X, Y)
    gradients = list(given.values()) if isinstance(given, dict) else list(given)
    network.update(X, Y, 0.1)
    for after, start, gradient in zip(kept(), before, gradients, strict=True):
        np.testing.assert_allclose(after, start - 0.1 * gradient, rtol=1e-12)


@pytest.mark.parametrize(
    "update",
    [
        "",
        "def update(params, grads, velocity, lr):\n    return params\n",
        "def update_rate(epoch, lr):\n    return lr\n",
    ],
    ids=["none", "what it needs is not known", "no gradients"],
)
def test_what_fits_no_update_is_left_out(update: str) -> None:
    """Loss and gradients are there all the same."""
    source = chained(ast.parse(DICT + update))
    assert source is not None
    assert "def gradients" in source
    assert "def update" not in source
