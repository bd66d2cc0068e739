"""x + 1 with leaky ReLU and weight decay, as posted: a list of matrices, one row of biases for each layer."""

import numpy as np


class Neural_Network:
    def __init__(self, input_, hidden_, output_):
        self.learningRate = 1e-9
        self.weightDecay = 0.5
        self.weights = [np.random.rand(input_, hidden_), np.random.rand(hidden_, output_)]
        self.biases = [np.random.rand(1, hidden_), np.random.rand(1, output_)]

    def ReLU(self, z):
        return (z < 0) * 0.01 * z + (z >= 0) * z

    def ReLUPrime(self, z):
        return (z < 0) * 0.01 + (z >= 0) * 1.0

    def forward(self, X):
        self.z, self.a = [], []
        for W, b in zip(self.weights, self.biases):
            self.z.append(X @ W + b)
            X = self.ReLU(self.z[-1])
            self.a.append(X)
        return X

    def costFunction(self, X, y):
        penalty = sum(np.sum(W**2) for W in self.weights)
        return 0.5 * np.sum((y - self.forward(X)) ** 2) / len(X) + self.weightDecay / 2 * penalty

    def costFunctionPrime(self, X, y):
        yHat = self.forward(X)
        d2 = -(y - yHat) * self.ReLUPrime(self.z[1])
        d1 = d2 @ self.weights[1].T * self.ReLUPrime(self.z[0])
        dW = [X.T @ d1 / len(X) + self.weightDecay * self.weights[0]]
        dW.append(self.a[0].T @ d2 / len(X) + self.weightDecay * self.weights[1])
        return dW, [d1.mean(axis=0, keepdims=True), d2.mean(axis=0, keepdims=True)]
