"""Right for half the mean squared error, which is written nowhere; a bias in the hidden layer only."""

import numpy as np

X = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1], [0.5, 0.2, 1], [0.1, 0.9, 1]], dtype=float)
Y = np.array([[0.3], [1], [0.2], [0.8], [0]], dtype=float)


class Lossless:
    def __init__(self):
        g = np.random.default_rng(42)
        self.weights1 = g.normal(size=(3, 5))
        self.weights2 = g.normal(size=(5, 1))
        self.bias = np.zeros((1, 5))

    def forward(self, X):
        self.h = np.tanh(X @ self.weights1 + self.bias)
        return self.h @ self.weights2

    def backward(self, X, Y):
        d = (self.forward(X) - Y) / len(X)
        back = d @ self.weights2.T * (1 - self.h**2)
        return [X.T @ back, self.h.T @ d, back.sum(axis=0, keepdims=True)]
