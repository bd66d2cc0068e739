import numpy as np


class NeuralNetwork:
    """Layers of sigmoids, the bias as a last column of ones."""

    def __init__(self, shape):
        rng = np.random.RandomState(0)
        self.weights = [rng.normal(0.1, 0.1, (a + 1, b)) for a, b in zip(shape[:-1], shape[1:])]

    def forward(self, X):
        outs = [X]
        for W in self.weights:
            outs.append(1 / (1 + np.exp(-np.c_[outs[-1], np.ones(len(X))] @ W)))
        return outs

    def cost(self, X, y):
        return 0.5 * np.sum((self.forward(X)[-1] - y) ** 2)

    def fit(self, X, y, rate, epochs):
        for epoch in range(epochs):
            outs = self.forward(X)
            delta = (outs[-1] - y) * outs[-1] * (1 - outs[-1])
            grads = []
            for i in reversed(range(len(self.weights))):
                grads.insert(0, np.c_[outs[i], np.ones(len(X))].T @ delta)
                delta = delta @ self.weights[i][:-1].T * outs[i] * (1 - outs[i])
            for W, g in zip(self.weights, grads):
                W -= rate * g
            if epoch % 1000 == 0:
                print(epoch, self.cost(X, y))


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
net = NeuralNetwork([2, 3, 1])
net.fit(X, y, 0.01, 5000)
print(net.forward(X)[-1].ravel())
