"""A network as people write them: 2-3-1, tanh and sigmoid, trained on XOR. One line of it is wrong."""

import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)


class MyNet:
    def __init__(self, n_in, n_hidden, n_out):
        rng = np.random.default_rng(1)
        self.W1, self.b1 = rng.normal(size=(n_in, n_hidden)), np.zeros(n_hidden)
        self.W2, self.b2 = rng.normal(size=(n_hidden, n_out)), np.zeros(n_out)

    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))
        return self.A2

    def loss(self, X, Y):
        A = self.forward(X)
        return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))

    def backward(self, X, Y):
        self.forward(X)
        d2 = (self.A2 - Y) / len(X)
        d1 = d2 @ self.W2.T * (1 - np.tanh(self.A1) ** 2)
        return {"W1": X.T @ d1, "b1": d1.sum(axis=0), "W2": self.A1.T @ d2, "b2": d2.sum(axis=0)}


if __name__ == "__main__":
    net = MyNet(2, 3, 1)
    for _ in range(5000):
        for name, gradient in net.backward(X, Y).items():
            setattr(net, name, getattr(net, name) - 0.5 * gradient)
    print(net.forward(X).round(2))
