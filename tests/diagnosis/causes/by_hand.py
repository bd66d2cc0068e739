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


def gradient_norms(setup: Setup, theta: Array) -> list[float]:
    """The norm of each layer's gradient, of a mean loss whose derivative by the output's Z is A - Y."""
    Z, A = passed(setup, theta)
    parts = layers(setup, theta)
    delta = (A[-1] - setup.dataset.train.Y) / len(A[0])
    norms = []
    for k in range(len(parts), 0, -1):
        norms.append(float(np.sqrt(((A[k - 1].T @ delta) ** 2).sum() + (delta.sum(axis=0) ** 2).sum())))
        if k > 1:
            slope = FUNCTIONS[setup.architecture.activations[k - 2].name][1]
            delta = (delta @ parts[k - 1][0].T) * slope(Z[k - 2])
    return norms[::-1]
