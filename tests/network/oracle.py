"""An independent account of what the network computes: textbook formulas over rows of samples, complex-step gradients.

Nothing of `runner.network` is used. The gradient comes from f(x + ih) = f(x) + ih f'(x) + O(h²) with h = 1e-200: no
difference is taken, so it is exact to rounding (Squire and Trapp 1998). Comparisons look at real parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.complex128]
Real = NDArray[np.float64]
Weights = list[tuple[Any, ...]]  # W, b or None, and gamma where there is one
STEP = 1e-200


def _positive(z: Array) -> NDArray[np.bool_]:
    return z.real > 0


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.real.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(_positive(z), z, 0),
    "leaky_relu": lambda z: np.where(_positive(z), z, 0.01 * z),
    "elu": lambda z: np.where(_positive(z), z, np.exp(z) - 1),
    "gelu": lambda z: z * ndtr(z),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "selu": lambda z: 1.0507009873554805 * np.where(_positive(z), z, 1.6732632423543772 * (np.exp(z) - 1)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "softmax": _softmax,
}


def _absolute(x: Array) -> Array:
    return np.where(_positive(x), x, -x)


def _huber(a: Array, y: Real, eps: float, delta: float = 1.0) -> Array:
    off = _absolute(a - y)
    return np.where(off.real <= delta, 0.5 * off**2, delta * (off - 0.5 * delta))


def _hinge(a: Array, y: Real, eps: float) -> Array:
    short = 1 - np.where(y > 0.5, a, -a)
    return np.where(_positive(short), short, 0)


LOSSES: dict[str, Callable[[Array, NDArray[np.float64], float], Array]] = {
    "half_squared_error": lambda a, y, eps: 0.5 * (a - y) ** 2,
    "squared_error": lambda a, y, eps: (a - y) ** 2,
    "absolute_error": lambda a, y, eps: _absolute(a - y),
    "huber": _huber,
    "hinge": _hinge,
    "binary_cross_entropy": lambda a, y, eps: -y * np.log(a + eps) - (1 - y) * np.log(1 - a + eps),
    "categorical_cross_entropy": lambda a, y, eps: -y * np.log(a + eps),
}


@dataclass(frozen=True)
class Formula:
    """The activations by layer, the loss and how it is reduced; W (fan_in, fan_out), b (fan_out,), X (n, features).

    `smoothing` is the share of each label that is spread over the classes, `class_weights` what a sample of each class
    counts.
    `masks` are what the activations of each layer are multiplied by. `normalised` is the epsilon with which hidden
    layers are normalised over the batch; the weights of these are W, b and gamma, and b is added afterwards.
    """

    names: list[str]
    kind: str
    reduction: str = "mean"
    epsilon: float = 0.0
    decay: float = 0.0
    smoothing: float = 0.0
    class_weights: tuple[float, ...] | None = None
    masks: Sequence[Real] = ()
    normalised: float | None = None

    def outputs(self, weights: Weights, X: Real) -> Array:
        """The outputs (n, outputs)."""
        a: Array = X.astype(complex)
        masks = self.masks or [np.ones(1)] * len(weights)
        for (w, b, *gamma), name, mask in zip(weights, self.names, masks, strict=True):
            z = a @ w
            for scale in gamma:
                assert self.normalised is not None
                centred = z - z.mean(axis=0)
                z = scale * centred / np.sqrt((centred * centred).mean(axis=0) + self.normalised)
            a = ACTIVATIONS[name](z if b is None else z + b) * mask
        return a

    def loss(self, weights: Weights, X: Real, Y: Real) -> complex:
        """The loss, with half `decay` times the squared norm of the weights."""
        classes = Y.shape[1] if self.kind == "categorical_cross_entropy" else 2
        spread = (1 - self.smoothing) * Y + self.smoothing / classes
        per_sample = LOSSES[self.kind](self.outputs(weights, X), spread, self.epsilon).sum(axis=1)
        if self.class_weights is not None:
            labels = Y[:, 0].astype(int) if Y.shape[1] == 1 else Y.argmax(axis=1)
            per_sample = per_sample * np.array(self.class_weights)[labels]
        total = per_sample.sum()
        penalty = sum(0.5 * self.decay * (w**2).sum() for w, *_ in weights)
        return complex(total / (len(X) if self.reduction == "mean" else 1) + penalty)

    def gradient(self, weights: Weights, X: Real, Y: Real) -> Iterator[Real]:
        """Its derivative with respect to every W and b, array by array."""
        for array in (array for pair in weights for array in pair if array is not None):
            slope = np.zeros(array.shape)
            for index in np.ndindex(array.shape):
                array[index] += 1j * STEP
                slope[index] = self.loss(weights, X, Y).imag / STEP
                array[index] = array[index].real
            yield slope
