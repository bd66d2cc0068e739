import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(7, 3))
Y = np.eye(2)[rng.integers(2, size=7)]
params = {"W1": rng.normal(size=(3, 4)), "b1": rng.normal(size=4), "W2": rng.normal(size=(4, 2)), "b2": np.zeros((1, 2))}


class Network:
    def __init__(self, weights):
        self.W1, self.b1, self.W2, self.b2 = weights.values()

    def __activate(self, z):
        return np.tanh(z)

    def forward(self, X):
        self.A1 = self.__activate(X.dot(self.W1) + self.b1)
        Z2 = np.dot(self.A1, self.W2) + self.b2
        e = np.exp(Z2 - np.max(Z2, axis=1, keepdims=True))
        self.P = e / e.sum(axis=1, keepdims=True)
        return self.P

    def loss(self, Y):
        return -np.log(self.P[np.arange(len(Y)), Y.argmax(axis=1)]).mean()

    def backward(self, X, Y):
        d = (self.P - Y) / len(X)
        dW2, db2 = self.A1.T @ d, d.sum(axis=0)
        d = d @ self.W2.T * (1 - self.A1**2)
        return {"W1": X.T @ d, "b1": d.sum(axis=0), "W2": dW2, "b2": db2.reshape(1, -1)}


def loss(params):
    network = Network(params)
    network.forward(X)
    return network.loss(Y)


def gradients(params):
    network = Network(params)
    network.forward(X)
    return network.backward(X, Y)
