"""Right: update() puts new lists in the place of those that held the weights."""

import numpy as np

X = np.array([[0.0, 0.2], [0.1, 1.0], [1.0, 0.3], [0.9, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


class Relisting:
    def __init__(self, sizes):
        g = np.random.default_rng(43)
        self.weights = [g.normal(size=(a, b)) for a, b in zip(sizes[:-1], sizes[1:])]
        self.biases = [g.normal(size=(1, b)) for b in sizes[1:]]

    def forward(self, X):
        self.acts = [X]
        for W, b in zip(self.weights, self.biases):
            self.acts.append(1 / (1 + np.exp(-(self.acts[-1] @ W + b))))
        return self.acts[-1]

    def loss(self, X, Y):
        return np.mean((self.forward(X) - Y) ** 2)

    def update(self, X, Y, lr):
        a = self.forward(X)
        d = 2 * (a - Y) / Y.size * a * (1 - a)
        new_weights, new_biases = [], []
        for k in reversed(range(len(self.weights))):
            new_weights.insert(0, self.weights[k] - lr * self.acts[k].T @ d)
            new_biases.insert(0, self.biases[k] - lr * d.sum(0, keepdims=True))
            d = d @ self.weights[k].T * self.acts[k] * (1 - self.acts[k])
        self.weights, self.biases = new_weights, new_biases
