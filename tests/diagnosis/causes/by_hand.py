"""Networks by textbook formulas, for tests of causes: nothing here is the program's."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.training.setup import Setup

Array = NDArray[np.float64]


def sigmoid(z: Array) -> Array:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(np.clip(z, -300, 300)) ** 2),
    "relu": (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
    "identity": (lambda z: z, lambda z: np.ones_like(z)),
    "softmax": (softmax, None),
}


def layers(setup: Setup, theta: Array) -> list[tuple[Array, Array]]:
    """W (fan_in, fan_out) and b (fan_out,) of each layer; they stand as [W b] rows, unit after unit."""
    sizes = setup.architecture.sizes
    parts, at = [], 0
    for fan_in, fan_out in pairwise(sizes):
        block = theta[at : at + fan_out * (fan_in + 1)].reshape(fan_out, fan_in + 1)
        parts.append((block[:, :-1].T.astype(np.float64), block[:, -1].astype(np.float64)))
        at += block.size
    return parts


def passed(setup: Setup, theta: Array) -> tuple[list[Array], list[Array]]:
    """Z and A of each layer for the whole training part, samples as rows; A begins with the inputs."""
    Z: list[Array] = []
    A = [setup.dataset.train.X.astype(np.float64)]
    for (W, b), choice in zip(layers(setup, theta), setup.architecture.activations, strict=True):
        Z.append(A[-1] @ W + b)
        A.append(FUNCTIONS[choice.name][0](Z[-1]))
    return Z, A


def deltas(setup: Setup, theta: Array) -> list[Array]:
    """dLoss/dZ of each layer, of a mean loss whose derivative by the output's Z is A - Y."""
    Z, A = passed(setup, theta)
    found = [(A[-1] - setup.dataset.train.Y) / len(A[0])]
    hidden = list(zip(Z[:-1], setup.architecture.activations, layers(setup, theta)[1:], strict=False))
    for z, choice, (W, _) in reversed(hidden):
        found.append((found[-1] @ W.T) * FUNCTIONS[choice.name][1](z))
    return found[::-1]


def gradient_norms(setup: Setup, theta: Array) -> list[float]:
    """The norm of each layer's gradient, weights and biases together."""
    _, A = passed(setup, theta)
    pairs = zip(A, deltas(setup, theta), strict=False)
    return [float(np.sqrt(((a.T @ delta) ** 2).sum() + (delta.sum(axis=0) ** 2).sum())) for a, delta in pairs]
