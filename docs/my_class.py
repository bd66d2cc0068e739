"""A network as people write them: arrays in attributes, a loss, its gradients, and predictions."""

import numpy as np


class MyNet:
    def __init__(self, n_in, hidden, n_out):
        self.W1 = np.random.randn(n_in, hidden)
        self.b1 = np.zeros(hidden)
        self.W2 = np.random.randn(hidden, n_out)
        self.b2 = np.zeros(n_out)

    def predict(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        return 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))

    def loss(self, X, Y):
        P = self.predict(X)
        return -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))

    def gradients(self, X, Y):
        d2 = (self.predict(X) - Y) / len(X)
        d1 = d2 @ self.W2.T * (1 - self.A1**2)
        return X.T @ d1, d1.sum(axis=0), self.A1.T @ d2, d2.sum(axis=0)
