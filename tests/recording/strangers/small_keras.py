"""A tiny Keras look-alike."""
from __future__ import annotations

import numpy as np


class Activation:
    def __init__(self, f, df):
        self.f, self.df = f, df

    def __call__(self, z):
        self.z = z
        return self.f(z)

    def backward(self, grad):
        return grad * self.df(self.z)


class Dense:
    def __init__(self, units, input_dim=None):
        self.units = units
        self.input_dim = input_dim

    def build(self, input_dim, rng):
        limit = np.sqrt(6 / (input_dim + self.units))
        self.W = rng.uniform(-limit, limit, (input_dim, self.units))
        self.b = np.zeros(self.units)
        return self.units

    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def step(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db


class Sequential:
    def __init__(self, layers):
        self.layers = layers
        self.history = {"loss": [], "val_loss": []}

    def compile(self, input_dim, lr=0.01, seed=0):
        self.lr = lr
        rng = np.random.default_rng(seed)
        for layer in self.layers:
            if isinstance(layer, Dense):
                input_dim = layer.build(input_dim, rng)

    def predict(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def _batches(self, X, y, size, rng):
        order = rng.permutation(len(X))
        for i in range(0, len(X), size):
            part = order[i:i + size]
            yield X[part], y[part]

    def fit(self, X, y, epochs=50, batch_size=16, patience=5):
        rng = np.random.default_rng(1)
        split = int(0.8 * len(X))
        X, X_val, y, y_val = X[:split], X[split:], y[:split], y[split:]
        best, wait = np.inf, 0
        for epoch in range(epochs):
            running = 0.0
            for xb, yb in self._batches(X, y, batch_size, rng):
                pred = self.predict(xb)
                diff = pred - yb
                running += np.mean(diff ** 2) * len(xb)
                grad = 2 * diff / diff.size
                for layer in reversed(self.layers):
                    grad = layer.backward(grad)
                for layer in self.layers:
                    if hasattr(layer, "step"):
                        layer.step(self.lr)
            val = np.mean((self.predict(X_val) - y_val) ** 2)
            self.history["loss"].append(running / len(X))
            self.history["val_loss"].append(val)
            if val < best - 1e-6:
                best, wait = val, 0
            else:
                wait += 1
                if wait >= patience:
                    break


def tanh():
    return Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2)


if __name__ == "__main__":
    rng = np.random.default_rng(5)
    X = rng.uniform(-2, 2, (200, 2))
    y = np.column_stack([np.sin(X[:, 0]) * X[:, 1], X[:, 0] - X[:, 1]])
    model = Sequential([Dense(16), tanh(), Dense(8), tanh(), Dense(2)])
    model.compile(2, lr=0.1)
    model.fit(X, y)
    print(model.history["loss"][-1])
