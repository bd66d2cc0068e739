"""Lists for arrays, parameters behind a method, targets without a column; columns; matrices; slots; a ready object."""

from dataclasses import dataclass, field

import numpy as np

X = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 1]]
Y = [0, 1, 1, 0, 1]


class Behind:
    """parameters() gives the list, outputs are (n,), the loss is (1, 1)."""

    def __init__(self):
        g = np.random.default_rng(0)
        self._kept = [g.normal(size=(2, 3)), g.normal(size=3), g.normal(size=(3, 1)), g.normal(size=1)]

    def parameters(self):
        return self._kept

    def outputs(self, X):
        W1, b1, W2, b2 = self._kept
        self.A0, self.H = X, np.tanh(X @ W1 + b1)
        return self.H @ W2 + b2

    def predict(self, X):
        return self.outputs(X)[:, 0]

    def loss(self, X, Y):
        return np.array([[0.5 * np.sum((self.predict(X) - Y) ** 2)]])

    def gradients(self, X, Y):
        d = self.outputs(X) - Y[:, None]
        e = d @ self._kept[2].T * (1 - self.H**2)
        return [self.A0.T @ e, e.sum(0), self.H.T @ d, d.sum(0)]


class Stuck(Behind):
    """Keeps to the first samples that it has seen."""

    first = None

    def outputs(self, X):
        self.first = X if self.first is None else self.first
        return super().outputs(self.first)


class AllPairs(Behind):
    """Outputs (n, 1) less targets (n,)."""

    def loss(self, X, Y):
        return np.mean((self.outputs(X) - Y) ** 2)

    def gradients(self, X, Y):
        return [2 * g / len(X) for g in super().gradients(X, Y)]


class Slots:
    __slots__ = ("parameters",)

    def __init__(self):
        self.parameters = (np.array([[0.4, -0.3]]), np.array([[0.1]]))

    def loss(self, X, Y):
        W, b = self.parameters
        return 0.5 * np.mean(((W @ X + b)[0] - Y) ** 2)

    def gradients(self, X, Y):
        W, b = self.parameters
        d = (W @ X + b - Y) / X.shape[1]
        return d @ X.T, d.sum(axis=1, keepdims=True)


@dataclass
class Matrices:
    """np.matrix, whose * is a product; labels from predict."""

    W1: np.matrix = field(default_factory=lambda: np.asmatrix([[0.5, -0.2], [0.3, 0.8], [-0.6, 0.1]]))
    b1: np.matrix = field(default_factory=lambda: np.asmatrix([[0.1], [0.2], [-0.3]]))
    W2: np.matrix = field(default_factory=lambda: np.asmatrix([[0.7, -0.4, 0.2]]))
    b2: np.matrix = field(default_factory=lambda: np.asmatrix([[0.05]]))

    def forward(self, X):
        self.h = np.tanh(self.W1 * X + self.b1)
        return 1 / (1 + np.exp(-(self.W2 * self.h + self.b2)))

    def predict(self, X):
        return (self.forward(X) > 0.5).astype(int)

    def loss(self, X, Y):
        return 0.5 * np.sum(np.square(self.forward(X) - Y))

    def gradients(self, X, Y):
        p = self.forward(X)
        d = np.multiply(p - Y, np.multiply(p, 1 - p))
        e = np.multiply(self.W2.T * d, 1 - np.square(self.h))
        return {"b2": d.sum(1), "W2": d * self.h.T, "b1": e.sum(1), "W1": e * X.T}


class WeightsStep:
    """Keeps the samples, adds steps to its weights, tells no learning rate."""

    def __init__(self, x, y):
        g = np.random.RandomState(2)
        self.input, self.y = x, np.reshape(y, (-1, 1))
        self.weights1, self.weights2 = g.rand(x.shape[1], 4), g.rand(4, 1)
        self.output = np.zeros(self.y.shape)

    def feedforward(self):
        self.layer1 = 1 / (1 + np.exp(-self.input @ self.weights1))
        self.output = 1 / (1 + np.exp(-self.layer1 @ self.weights2))
        return self.output

    def loss(self):
        return np.sum((self.y - self.output) ** 2)

    def backprop(self):
        d = 2 * (self.y - self.output) * self.output * (1 - self.output)
        step = self.input.T @ (d @ self.weights2.T * self.layer1 * (1 - self.layer1))
        self.weights2 += 0.05 * self.layer1.T @ d
        self.weights1 += 0.05 * step


ready = Behind()


def make():
    return Behind()
