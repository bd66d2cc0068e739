"""A dict of parameters and an Adam of its own, with dropout drawn from NumPy's global generator."""

import numpy as np


class AdamNet:
    def __init__(self, n_in, n_hidden, n_out, lr=0.01, keep=1.0):
        self.params = {
            "W1": np.random.randn(n_in, n_hidden) / np.sqrt(n_in),
            "b1": np.zeros(n_hidden),
            "W2": np.random.randn(n_hidden, n_out) / np.sqrt(n_hidden),
            "b2": np.zeros(n_out),
        }
        self.m = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.v = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.t, self.lr, self.keep = 0, lr, keep

    def forward(self, X, training=False):
        p = self.params
        self.H = np.maximum(X @ p["W1"] + p["b1"], 0)
        self.mask = (np.random.rand(*self.H.shape) < self.keep) / self.keep if training else np.ones_like(self.H)
        self.Z = self.H * self.mask @ p["W2"] + p["b2"]
        return 1 / (1 + np.exp(-self.Z))

    def loss(self, X, Y):
        P = np.clip(self.forward(X), 1e-12, 1 - 1e-12)
        return -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))

    def step(self, X, Y):
        p = self.params
        d2 = (self.forward(X, training=True) - Y) / len(X)
        d1 = d2 @ p["W2"].T * self.mask * (self.H > 0)
        grads = {
            "W1": X.T @ d1,
            "b1": d1.sum(axis=0),
            "W2": (self.H * self.mask).T @ d2,
            "b2": d2.sum(axis=0),
        }
        self.t += 1
        for name, g in grads.items():
            self.m[name] = 0.9 * self.m[name] + 0.1 * g
            self.v[name] = 0.999 * self.v[name] + 0.001 * g**2
            m = self.m[name] / (1 - 0.9**self.t)
            v = self.v[name] / (1 - 0.999**self.t)
            p[name] = p[name] - self.lr * m / (np.sqrt(v) + 1e-8)
