"""Layer objects in a list, and a train_step that updates them, with momentum kept in the layers."""

import numpy as np


class Dense:
    def __init__(self, fan_in, fan_out, rng):
        self.weights = rng.normal(0.0, 1.0 / np.sqrt(fan_in), (fan_in, fan_out))
        self.bias = np.zeros((1, fan_out))
        self.v_weights = np.zeros_like(self.weights)
        self.v_bias = np.zeros_like(self.bias)

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, grad, lr, momentum):
        below = grad @ self.weights.T
        self.v_weights = momentum * self.v_weights + self.x.T @ grad
        self.v_bias = momentum * self.v_bias + grad.sum(axis=0, keepdims=True)
        self.weights -= lr * self.v_weights
        self.bias -= lr * self.v_bias
        return below


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad, lr, momentum):
        return grad * (1 - self.y**2)


class LayeredNet:
    def __init__(self, sizes, momentum=0.0, seed=0):
        rng = np.random.default_rng(seed)
        self.momentum = momentum
        self.layers = []
        for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
            self.layers += [Dense(fan_in, fan_out, rng), Tanh()]
        self.layers.pop()

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def loss(self, X, Y):
        return 0.5 * np.mean(np.sum((self.forward(X) - Y) ** 2, axis=1))

    def train_step(self, X, Y, lr):
        grad = (self.forward(X) - Y) / X.shape[0]
        for layer in reversed(self.layers):
            grad = layer.backward(grad, lr, self.momentum)
