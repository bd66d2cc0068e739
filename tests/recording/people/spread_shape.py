"""A gradient of the shape (1, 1), which NumPy spreads over the weights: a product with the wrong activation."""

import numpy as np

rng = np.random.default_rng(33)
X = rng.normal(size=(3, 17))
Y = (X.sum(axis=0, keepdims=True) > 0).astype(float)


class Rows:
    def __init__(self, inputs, hidden, outputs):
        g = np.random.default_rng(34)
        self.W1, self.b1 = g.normal(size=(hidden, inputs)), np.zeros((hidden, 1))
        self.W2, self.b2 = g.normal(size=(outputs, hidden)), np.zeros((outputs, 1))

    def forward(self, X):
        self.H = np.tanh(self.W1 @ X + self.b1)
        self.P = 1 / (1 + np.exp(-(self.W2 @ self.H + self.b2)))
        return self.P

    def cost(self, X, Y):
        P = self.forward(X)
        return -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))

    def backward(self, X, Y):
        self.forward(X)
        n = X.shape[1]
        d2 = (self.P - Y) / n
        dW2 = d2 @ self.P.T
        db2 = d2.sum(axis=1, keepdims=True)
        d1 = self.W2.T @ d2 * (1 - self.H**2)
        return [d1 @ X.T, d1.sum(axis=1, keepdims=True), dW2, db2]
