"""The flower with four ReLU units, in a class that does everything; the cost is nan after some time."""

import numpy as np


def load_planar():
    np.random.seed(1)
    m, N, a = 400, 200, 4
    X = np.zeros((m, 2))
    Y = np.zeros((m, 1))
    for j in range(2):
        ix = range(N * j, N * (j + 1))
        t = np.linspace(j * 3.12, (j + 1) * 3.12, N) + np.random.randn(N) * 0.2
        r = a * np.sin(4 * t) + np.random.randn(N) * 0.2
        X[ix] = np.c_[r * np.sin(t), r * np.cos(t)]
        Y[ix] = j
    return X.T, Y.T


class BinaryClassifier:
    def __init__(self, X, Y, hidden_layers, num_iterations, learning_rate=1.2):
        np.random.seed(1)
        self.X, self.Y = X, Y
        self.W, self.b, self.Z, self.A, self.dW, self.db = {}, {}, {}, {}, {}, {}
        self.m = Y.shape[1]
        self.layers = hidden_layers + [1]
        self.L = len(self.layers)
        self.num_iterations = num_iterations
        self.learning_rate = learning_rate
        before = X.shape[0]
        for layer, nodes in enumerate(self.layers, 1):
            self.W[layer] = np.random.randn(nodes, before) * np.sqrt(2 / before)
            self.b[layer] = np.zeros((nodes, 1))
            before = nodes

    def forward(self):
        A = self.X
        for layer in range(1, self.L + 1):
            Z = np.dot(self.W[layer], A) + self.b[layer]
            A = np.maximum(Z, 0) if layer < self.L else 1 / (1 + np.exp(-Z))
            self.Z[layer], self.A[layer] = Z, A

    def compute_cost(self):
        AL = self.A[self.L]
        return -np.sum(self.Y * np.log(AL) + (1 - self.Y) * np.log(1 - AL)) / self.m

    def backward(self):
        AL = self.A[self.L]
        dA = -(self.Y / AL) + (1 - self.Y) / (1 - AL)
        for layer in range(self.L, 0, -1):
            A_prev = self.A[layer - 1] if layer > 1 else self.X
            if layer == self.L:
                dZ = dA * AL * (1 - AL)
            else:
                dZ = dA * np.where(self.Z[layer] > 0, 1, 0)
            self.dW[layer] = np.dot(dZ, A_prev.T) / self.m
            self.db[layer] = np.sum(dZ, axis=1, keepdims=True) / self.m
            dA = np.dot(self.W[layer].T, dZ)

    def train(self):
        for i in range(self.num_iterations):
            self.forward()
            cost = self.compute_cost()
            self.backward()
            for layer in range(1, self.L + 1):
                self.W[layer] = self.W[layer] - self.learning_rate * self.dW[layer]
                self.b[layer] = self.b[layer] - self.learning_rate * self.db[layer]
            if i % 500 == 0:
                print("Cost after iteration %i: %f" % (i, cost))


if __name__ == "__main__":
    X, Y = load_planar()
    net = BinaryClassifier(X, Y, [4], 3000)
    net.train()
