"""The plainest subject: parameters in a list, loss, gradients, predict; samples in rows."""

import numpy as np

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


class Net:
    def __init__(self):
        rng = np.random.default_rng(3)
        self.parameters = [rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=(3, 1)), rng.normal(size=1)]

    def forward(self, X):
        W1, b1, W2, b2 = self.parameters
        hidden = np.tanh(X @ W1 + b1)
        return hidden, 1 / (1 + np.exp(-(hidden @ W2 + b2)))

    def predict(self, X):
        return self.forward(X)[1]

    def loss(self, X, Y):
        p = self.predict(X)
        return -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))

    def gradients(self, X, Y):
        W2 = self.parameters[2]
        hidden, p = self.forward(X)
        delta2 = (p - Y) / len(X)
        delta1 = (delta2 @ W2.T) * (1 - hidden**2)
        return [X.T @ delta1, delta1.sum(axis=0), hidden.T @ delta2, delta2.sum(axis=0)]
