"""Softmax with mini-batches: lists w and b, gradients collected backwards."""

import numpy as np


class Softmax:
    def __init__(self, features, hidden, classes, seed=None):
        rng = np.random.default_rng(seed)
        self.w = [rng.normal(0, 0.3, (features, hidden)), rng.normal(0, 0.3, (hidden, classes))]
        self.b = [np.zeros(hidden), np.zeros(classes)]

    def forward(self, X):
        self.h = np.maximum(X @ self.w[0] + self.b[0], 0)
        scores = self.h @ self.w[1] + self.b[1]
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss(self, X, y):
        P = self.forward(X)
        return -np.log(P[np.arange(len(y)), y]).mean()

    def backward(self, X, y):
        P = self.forward(X)
        P[np.arange(len(y)), y] -= 1
        P /= len(y)
        dh = (P @ self.w[1].T) * (self.h > 0)
        return [X.T @ dh, self.h.T @ P], [dh.sum(0), P.sum(0)]
