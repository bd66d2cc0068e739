"""The classifier of the flower as it was posted: dicts by layer, samples kept by the constructor, a bare logarithm."""

import numpy as np


class BinaryClassifier:
    def __init__(self, X, Y, hidden_layers, num_iterations, learning_rate=1.2):
        self.X, self.Y = X, Y
        self.m = Y.shape[1]
        self.layers = hidden_layers + [1]
        self.L = len(self.layers)
        self.num_iterations, self.learning_rate = num_iterations, learning_rate
        self.A, self.Z, self.W, self.b, self.dW, self.db = {}, {}, {}, {}, {}, {}
        before = X.shape[0]
        for layer, nodes in enumerate(self.layers, start=1):
            self.W[layer] = np.random.randn(nodes, before) * np.sqrt(2 / before)
            self.b[layer] = np.zeros((nodes, 1))
            before = nodes

    def forward_propagation(self):
        self.A[0] = self.X
        for layer in range(1, self.L + 1):
            self.Z[layer] = self.W[layer] @ self.A[layer - 1] + self.b[layer]
            last = layer == self.L
            self.A[layer] = 1 / (1 + np.exp(-self.Z[layer])) if last else np.maximum(self.Z[layer], 0)
        return self.A[self.L]

    def compute_cost(self, Y_hat):
        return -1 / self.m * np.sum(self.Y * np.log(Y_hat) + (1 - self.Y) * np.log(1 - Y_hat))

    def backward_propagation(self, Y_hat):
        dA = -self.Y / Y_hat + (1 - self.Y) / (1 - Y_hat)
        for layer in range(self.L, 0, -1):
            slope = Y_hat * (1 - Y_hat) if layer == self.L else (self.Z[layer] > 0)
            dZ = dA * slope
            self.dW[layer] = dZ @ self.A[layer - 1].T / self.m
            self.db[layer] = dZ.sum(axis=1, keepdims=True) / self.m
            dA = self.W[layer].T @ dZ

    def update_parameters(self):
        for layer in range(1, self.L + 1):
            self.W[layer] -= self.learning_rate * self.dW[layer]
            self.b[layer] -= self.learning_rate * self.db[layer]

    def train(self):
        for _ in range(self.num_iterations):
            Y_hat = self.forward_propagation()
            self.backward_propagation(Y_hat)
            self.update_parameters()
