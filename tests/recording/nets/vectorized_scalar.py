import math

import numpy as np


def _act(v):
    if v >= 0:
        return v
    return 0.3 * v


def _act_slope(v):
    if v >= 0:
        return 1.0
    return 0.3


def _out(v):
    return 2.0 / (1.0 + math.exp(-v)) - 1.0


act = np.vectorize(_act)
act_slope = np.vectorize(_act_slope)
out = np.vectorize(_out)


class Regressor:
    def __init__(self, nodes):
        g = np.random.RandomState(71)
        self.W = []
        self.B = []
        for i in range(len(nodes) - 1):
            self.W.append(g.uniform(-1, 1, (nodes[i + 1], nodes[i])))
            self.B.append(g.uniform(-1, 1, (nodes[i + 1], 1)))

    def forward(self, x):
        self.Z = []
        self.A = [x]
        for i in range(len(self.W)):
            z = self.W[i] @ self.A[i] + self.B[i]
            self.Z.append(z)
            if i == len(self.W) - 1:
                self.A.append(out(z))
            else:
                self.A.append(act(z))
        return self.A[-1]

    def loss(self, x, y):
        return np.sum((self.forward(x) - y) ** 2) / x.shape[1]

    def backward(self, x, y):
        n = x.shape[1]
        pred = self.forward(x)
        dW = [None] * len(self.W)
        dB = [None] * len(self.B)
        delta = 2 * (pred - y) / n * 0.5 * (1 - pred ** 2)
        for i in range(len(self.W) - 1, -1, -1):
            dW[i] = delta @ self.A[i].T
            dB[i] = np.sum(delta, axis=1, keepdims=True)
            if i > 0:
                delta = (self.W[i].T @ delta) * act_slope(self.Z[i - 1])
        return dW, dB

    def fit(self, x, y, lr=0.1, epochs=150):
        for e in range(epochs):
            dW, dB = self.backward(x, y)
            for i in range(len(self.W)):
                self.W[i] -= lr * dW[i]
                self.B[i] -= lr * dB[i]


g = np.random.RandomState(72)
X = g.uniform(-2, 2, (3, 19))
y = np.vstack([np.tanh(X[0] - X[1]), np.sin(X[2])])
reg = Regressor([3, 5, 4, 2])
reg.fit(X, y)
print(reg.loss(X, y))
