"""A network as a textbook writes it, with a hook for every line that people get wrong.

Nothing of `runner.network` is used. Rows are samples: X (n, features), W (fan_in, fan_out), b (fan_out,); D is
dLoss/dZ. Each hook is a method that a test replaces; layers are counted from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


F: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "softmax": _softmax,
}
SLOPE: dict[str, Callable[[Array], Array]] = {
    "identity": np.ones_like,
    "sigmoid": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.01),
    "elu": lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
    "softplus": _sigmoid,
}
PAIR_LOSS: dict[str, Callable[[Array, Array], Array]] = {
    "half_squared_error": lambda a, y: 0.5 * (a - y) ** 2,
    "squared_error": lambda a, y: (a - y) ** 2,
    "absolute_error": lambda a, y: np.abs(a - y),
    "binary_cross_entropy": lambda a, y: -y * np.log(a) - (1 - y) * np.log(1 - a),
    "categorical_cross_entropy": lambda a, y: -y * np.log(a),
}
LOSS_SLOPE: dict[str, Callable[[Array, Array], Array]] = {
    "half_squared_error": lambda a, y: a - y,
    "squared_error": lambda a, y: 2 * (a - y),
    "absolute_error": lambda a, y: np.sign(a - y),
    "binary_cross_entropy": lambda a, y: (1 - y) / (1 - a) - y / a,
    "categorical_cross_entropy": lambda a, y: -y / a,
}


def through_softmax(a: Array, da: Array) -> Array:
    """The Jacobian of softmax, written out, times dA."""
    jacobian = np.einsum("ij,jk->ijk", a, np.eye(a.shape[1])) - np.einsum("ij,ik->ijk", a, a)
    return np.einsum("ijk,ik->ij", jacobian, da)


class Textbook:
    """The network; calling it gives loss, outputs and gradients by name, and keeps Z, A, D for the hooks to read."""

    def __init__(self, W: list[Array], b: list[Array] | None, names: list[str], loss: str, mean: bool, decay: float):
        self.W, self.names, self.kind, self.mean, self.decay = W, names, loss, mean, decay
        self.b = b if b is not None else [np.zeros(w.shape[1]) for w in W]
        self.has_bias = b is not None
        self.depth, self.lr = len(W), 0.3
        self.calls = 0
        self.memory: dict[str, Any] = {}

    def __call__(self, X: Array, Y: Array) -> dict[str, Array]:
        self.X, self.Y, self.n, self.k = X, Y, len(X), Y.shape[1]
        self.calls += 1
        self.Z: dict[int, Array] = {}
        self.A: dict[int, Array] = {0: X}
        self.D: dict[int, Array] = {}
        read = self.inputs()
        for layer in range(1, self.depth + 1):
            self.Z[layer] = self.preactivation(layer, read)
            self.A[layer] = self.activation(layer, self.Z[layer])
            read = self.feeds(layer)
        results: dict[str, Array] = {"A": self.A[self.depth], "loss": np.float64(self.loss() + self.penalty())}
        D, gradients = self.output_delta(), {}
        for layer in range(self.depth, 0, -1):
            self.D[layer] = D
            gradients[f"dW{layer}"] = self.dW(layer)
            self.dW_above = gradients[f"dW{layer}"] + self.decay_gradient(layer)
            gradients[f"db{layer}"] = self.db(layer)
            if layer > 1:
                self.dA = self.back(layer - 1)
                D = self.through(layer - 1, self.dA)
        gradients = {name: array * self.scale() for name, array in gradients.items()}
        for layer in range(1, self.depth + 1):
            gradients[f"dW{layer}"] = gradients[f"dW{layer}"] + self.decay_gradient(layer)
        gradients = self.reported(gradients)
        return results | {k: v for k, v in gradients.items() if self.has_bias or k.startswith("dW")}

    def inputs(self) -> Array:
        return self.X

    def preactivation(self, layer: int, read: Array) -> Array:
        return read @ self.W[layer - 1] + self.b[layer - 1]

    def activation(self, layer: int, z: Array) -> Array:
        return F[self.names[layer - 1]](z)

    def feeds(self, layer: int) -> Array:
        """What the layer above reads, and what its dW is made of."""
        return self.A[layer]

    def loss(self) -> float:
        return PAIR_LOSS[self.kind](self.A[self.depth], self.Y).sum() * self.per_sample()

    def per_sample(self) -> float:
        return 1 / self.n if self.mean else 1.0

    def penalty(self) -> float:
        return 0.5 * self.decay * sum((w**2).sum() for w in self.W)

    def decay_gradient(self, layer: int) -> Array:
        return self.decay * self.W[layer - 1]

    def dA_output(self) -> Array:
        return LOSS_SLOPE[self.kind](self.A[self.depth], self.Y) * self.per_sample()

    def output_delta(self) -> Array:
        self.dA = self.dA_output()
        return self.through(self.depth, self.dA)

    def through(self, layer: int, da: Array) -> Array:
        if self.names[layer - 1] == "softmax":
            return through_softmax(self.A[layer], da)
        return da * SLOPE[self.names[layer - 1]](self.Z[layer])

    def back(self, layer: int) -> Array:
        """dA of a layer from D of the one above."""
        return self.D[layer + 1] @ self.W[layer].T

    def dW(self, layer: int) -> Array:
        below = self.X if layer == 1 else self.feeds(layer - 1)
        return below.T @ self.D[layer]

    def db(self, layer: int) -> Array:
        return self.D[layer].sum(axis=0)

    def scale(self) -> float:
        return 1.0

    def reported(self, gradients: dict[str, Array]) -> dict[str, Array]:
        return gradients
