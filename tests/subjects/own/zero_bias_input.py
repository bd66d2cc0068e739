"""A forward pass that gives all pre-activations, and an update from the deltas; the bias input is in W."""

import numpy as np


class ZeroBias:
    bias_input = 1.0

    def __init__(self, layer_sizes, learning_rate=0.1):
        self.learning_rate = learning_rate
        self.W = []
        for fan_in, fan_out in zip(layer_sizes[:-1], layer_sizes[1:]):
            self.W.append(np.random.uniform(-1, 1, (fan_in + 1, fan_out)))

    def with_bias(self, Z, layer):
        return np.concatenate((np.full((len(Z), 1), self.bias_input if layer == 0 else 1.0), Z), axis=1)

    def forward_pass(self, X):
        A_vals, Z_vals = [], [X]
        for layer, W in enumerate(self.W):
            A_vals.append(self.with_bias(Z_vals[-1], layer) @ W)
            last = layer == len(self.W) - 1
            Z_vals.append(A_vals[-1] if last else np.tanh(A_vals[-1]))
        return A_vals, Z_vals

    def predict(self, X):
        return self.forward_pass(X)[1][-1]

    def loss(self, X, y):
        return np.mean((self.predict(X) - y) ** 2)

    def update(self, X, y):
        A_vals, Z_vals = self.forward_pass(X)
        delta = 2 * (Z_vals[-1] - y) / y.size
        steps = []
        for layer in reversed(range(len(self.W))):
            steps.insert(0, self.with_bias(Z_vals[layer], layer).T @ delta)
            if layer:
                delta = delta @ self.W[layer][1:].T * (1 - Z_vals[layer] ** 2)
        for W, step in zip(self.W, steps):
            W -= self.learning_rate * step
