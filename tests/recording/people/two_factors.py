"""Two gradients with factors of their own: db1 is three times, dW2 half of what it should be."""

import numpy as np

rng = np.random.default_rng(31)
X = rng.normal(size=(12, 2))
Y = np.tanh(X @ np.array([[0.7], [-0.4]]))


class Scaled:
    def __init__(self, inputs, hidden, outputs):
        g = np.random.default_rng(32)
        self.W1, self.b1 = g.normal(size=(inputs, hidden)), 0.1 * g.normal(size=hidden)
        self.W2, self.b2 = g.normal(size=(hidden, outputs)), 0.1 * g.normal(size=outputs)

    def predict(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        return self.A1 @ self.W2 + self.b2

    def loss(self, X, Y):
        return np.mean((self.predict(X) - Y) ** 2)

    def gradients(self, X, Y):
        n = len(X)
        delta = 2 * (self.predict(X) - Y)
        dW2 = 0.5 / n * self.A1.T @ delta
        db2 = 1.0 / n * delta.sum(axis=0)
        back = delta @ self.W2.T * (1 - self.A1**2)
        dW1 = 1.0 / n * X.T @ back
        db1 = 3.0 / n * back.sum(axis=0)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
