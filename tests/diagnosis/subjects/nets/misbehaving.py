"""Subjects that misbehave, each in its own way."""

import os
import sys
import time

import numpy as np

X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, -1.0], [2.0, 0.3]])
Y = np.array([[1.0], [0.0], [1.0], [0.5], [0.2]])


class Right:
    """One linear layer with half the mean squared error."""

    def __init__(self):
        self.W = np.array([[0.3], [-0.2]])
        self.b = np.array([0.1])

    @property
    def parameters(self):
        return [self.W, self.b]

    def predict(self, X):
        return X @ self.W + self.b

    def loss(self, X, Y):
        return 0.5 * np.mean((self.predict(X) - Y) ** 2)

    def gradients(self, X, Y):
        delta = (self.predict(X) - Y) / len(X)
        return [X.T @ delta, delta.sum(axis=0)]


class Talks(Right):
    def loss(self, X, Y):
        sys.stdout.write("x" * 1_000_000)
        sys.stderr.write("y" * 1_000_000)
        os.write(1, b"z" * 1_000_000)
        return super().loss(X, Y)


class Hangs(Right):
    def gradients(self, X, Y):
        while True:
            time.sleep(0.01)


class Raises(Right):
    def gradients(self, X, Y):
        return [np.dot(X, Y), None]


class Exits(Right):
    def gradients(self, X, Y):
        sys.exit(3)


class Vanishes(Right):
    def gradients(self, X, Y):
        os._exit(7)


class Asks(Right):
    def gradients(self, X, Y):
        input("Press Enter")


class WrongShapes(Right):
    def gradients(self, X, Y):
        dW, db = super().gradients(X, Y)
        return [dW.T, db]


class TooFew(Right):
    def gradients(self, X, Y):
        return super().gradients(X, Y)[:1]


class NotANumber(Right):
    def loss(self, X, Y):
        return np.float64("nan")


class NaNGradient(Right):
    def gradients(self, X, Y):
        dW, db = super().gradients(X, Y)
        return [dW * np.nan, db]


class LossOfSamples(Right):
    def loss(self, X, Y):
        return ((self.predict(X) - Y) ** 2)[:, 0]


class Copies(Right):
    @property
    def parameters(self):
        return [self.W.copy(), self.b.copy()]


class Recursive(Right):
    def loss(self, X, Y):
        return self.loss(X, Y)


class NoGradients:
    def __init__(self):
        self.W = np.ones((2, 1))

    def loss(self, X, Y):
        return np.sum(X @ self.W - Y)


class NeedsMore(Right):
    def __init__(self, temperature):
        super().__init__()


class Stops(Right):
    def __init__(self):
        raise RuntimeError("not today")


class StartsWithNaN(Right):
    def __init__(self):
        super().__init__()
        self.W[0, 0] = np.nan


class AllAtKinks:
    """A hidden layer whose units are all 1e-9 from their kink for the first sample."""

    def __init__(self):
        rng = np.random.default_rng(1)
        self.W1, self.W2 = rng.normal(size=(2, 5)), rng.normal(size=(5, 1))
        self.b1, self.b2 = 1e-9 - X[0] @ self.W1, np.zeros(1)

    def predict(self, X):
        return np.maximum(X @ self.W1 + self.b1, 0) @ self.W2 + self.b2

    def loss(self, X, Y):
        return 0.5 * np.mean((self.predict(X) - Y) ** 2)

    def gradients(self, X, Y):
        Z1 = X @ self.W1 + self.b1
        d2 = (self.predict(X) - Y) / len(X)
        d1 = d2 @ self.W2.T * (Z1 > 0)
        return [X.T @ d1, d1.sum(0), np.maximum(Z1, 0).T @ d2, d2.sum(0)]


class NothingMoves(AllAtKinks):
    """All units exactly at their kinks, for every sample."""

    def __init__(self):
        super().__init__()
        self.W1, self.b1 = np.zeros((2, 5)), np.zeros(5)
