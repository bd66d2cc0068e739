"""Arrays of the module and functions that use them."""

import numpy as np

W1 = np.random.randn(1, 10)
b1 = np.random.randn(10)
W2 = np.random.randn(10, 1) * 0.3
b2 = np.zeros(1)


def forward(X):
    return np.tanh(X @ W1 + b1) @ W2 + b2


def loss(X, Y):
    return np.mean((forward(X) - Y) ** 2)


def gradients(X, Y):
    H = np.tanh(X @ W1 + b1)
    d2 = 2 * (H @ W2 + b2 - Y) / len(X)
    d1 = d2 @ W2.T * (1 - H**2)
    return X.T @ d1, d1.sum(axis=0), H.T @ d2, d2.sum(axis=0)
