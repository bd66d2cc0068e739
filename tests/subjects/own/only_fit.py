"""A class in the manner of scikit-learn: fit does everything, predict_proba gives probabilities."""

import numpy as np


class MLP:
    def __init__(self, n_hidden=8, lr=0.5, n_iter=1):
        self.n_hidden, self.lr, self.n_iter = n_hidden, lr, n_iter
        self.W1 = None

    def _start(self, X, y):
        self.W1 = np.random.randn(X.shape[1], self.n_hidden)
        self.b1 = np.zeros(self.n_hidden)
        self.W2 = np.random.randn(self.n_hidden, y.shape[1])
        self.b2 = np.zeros(y.shape[1])

    def fit(self, X, y):
        if self.W1 is None:
            self._start(X, y)
        for _ in range(self.n_iter):
            P = self.predict_proba(X)
            d2 = (P - y) / len(X)
            d1 = d2 @ self.W2.T * (1 - self.h**2)
            self.W2 -= self.lr * self.h.T @ d2
            self.b2 -= self.lr * d2.sum(axis=0)
            self.W1 -= self.lr * X.T @ d1
            self.b1 -= self.lr * d1.sum(axis=0)
        return self

    def predict_proba(self, X):
        self.h = np.tanh(X @ self.W1 + self.b1)
        return 1 / (1 + np.exp(-(self.h @ self.W2 + self.b2)))

    def score(self, X, y):
        P = self.predict_proba(X)
        return -np.mean(y * np.log(P) + (1 - y) * np.log(1 - P))
