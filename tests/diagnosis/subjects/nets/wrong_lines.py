"""Networks with one wrong line each; the comment on it says which mistake it is, and in which layer."""

from itertools import pairwise

import numpy as np

generator = np.random.default_rng(11)
X = generator.normal(size=(10, 3))
Y = np.hstack([np.sin(X[:, :1]), X[:, 1:2] * X[:, 2:]])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Straight:
    """Every array has a name of its own, samples are rows."""

    def __init__(self):
        g = np.random.default_rng(0)
        self.W1, self.b1 = g.normal(size=(3, 4)), g.normal(size=4)
        self.W2, self.b2 = g.normal(size=(4, 4)), g.normal(size=4)
        self.W3, self.b3 = g.normal(size=(4, 2)), g.normal(size=2)

    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = sigmoid(self.A1 @ self.W2 + self.b2)
        return self.A2 @ self.W3 + self.b3

    def loss(self, X, Y):
        return 0.5 * np.mean(np.sum((self.forward(X) - Y) ** 2, axis=1))


class NoDerivative(Straight):
    def gradients(self, X, Y):
        dZ3 = (self.forward(X) - Y) / len(X)
        dZ2 = dZ3 @ self.W3.T * self.A2 * (1 - self.A2)
        dZ1 = dZ2 @ self.W2.T  # wrong: missing_activation_derivative@1
        dW1, db1 = X.T @ dZ1, dZ1.sum(axis=0)
        dW2, db2 = self.A1.T @ dZ2, dZ2.sum(axis=0)
        return [dW1, db1, dW2, db2, self.A2.T @ dZ3, dZ3.sum(axis=0)]


class NotTransposed(Straight):
    def gradients(self, X, Y):
        dZ3 = (self.forward(X) - Y) / len(X)
        dZ2 = dZ3 @ self.W3.T * self.A2 * (1 - self.A2)
        dZ1 = dZ2 @ self.W2  # wrong: weights_not_transposed@1
        dZ1 = dZ1 * (1 - self.A1**2)
        grads = {}
        grads["W1"] = X.T @ dZ1
        grads["b1"] = dZ1.sum(axis=0)
        grads["W2"] = self.A1.T @ dZ2
        grads["b2"] = dZ2.sum(axis=0)
        grads["W3"] = self.A2.T @ dZ3
        grads["b3"] = dZ3.sum(axis=0)
        return grads


class OwnOutput(Straight):
    def gradients(self, X, Y):
        dZ3 = (self.forward(X) - Y) / len(X)
        dZ2 = dZ3 @ self.W3.T * self.A2 * (1 - self.A2)
        dZ1 = dZ2 @ self.W2.T * (1 - self.A1**2)
        dW3 = self.A2.T @ dZ3
        dW2 = self.A2.T @ dZ2  # wrong: weight_gradient_uses_own_output@2
        dW1 = X.T @ dZ1
        return [dW1, dZ1.sum(axis=0), dW2, dZ2.sum(axis=0), dW3, dZ3.sum(axis=0)]


class BiasNotAveraged(Straight):
    def gradients(self, X, Y):
        n = len(X)
        dZ3 = self.forward(X) - Y
        dZ2 = dZ3 @ self.W3.T * self.A2 * (1 - self.A2)
        dZ1 = dZ2 @ self.W2.T * (1 - self.A1**2)
        db3 = dZ3.sum(axis=0) / n
        db2 = dZ2.sum(axis=0)  # wrong: bias_gradient_not_averaged@2
        db1 = dZ1.sum(axis=0) / n
        return [X.T @ dZ1 / n, db1, self.A1.T @ dZ2 / n, db2, self.A2.T @ dZ3 / n, db3]


class Looped:
    """Lists and loops, samples are columns."""

    def __init__(self, sizes):
        g = np.random.default_rng(1)
        self.weights = [g.normal(size=(o, i)) for i, o in pairwise(sizes)]
        self.biases = [g.normal(size=(o, 1)) for o in sizes[1:]]

    def feedforward(self, x):
        activations = [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            activations.append(sigmoid(w @ activations[-1] + b))
        return activations

    def cost(self, x, y):
        return np.sum((self.feedforward(x)[-1] - y) ** 2) / (2 * x.shape[1])


class TimesThree(Looped):
    def backprop(self, x, y):
        activations = self.feedforward(x)
        nabla_w, nabla_b = [None] * len(self.weights), [None] * len(self.weights)
        out = activations[-1]
        delta = 3 * (out - y) * out * (1 - out) / x.shape[1]  # wrong: constant_scale
        for k in reversed(range(len(self.weights))):
            nabla_w[k] = delta @ activations[k].T
            nabla_b[k] = delta.sum(axis=1, keepdims=True)
            delta = self.weights[k].T @ delta * activations[k] * (1 - activations[k])
        return nabla_w, nabla_b


class NoOutputDerivative(Looped):
    def backprop(self, x, y):
        activations = self.feedforward(x)
        nabla_w, nabla_b = [None] * len(self.weights), [None] * len(self.weights)
        delta = (activations[-1] - y) / x.shape[1]  # wrong: gradient_of_another_loss
        for k in reversed(range(len(self.weights))):
            nabla_w[k] = delta @ activations[k].T
            nabla_b[k] = delta.sum(axis=1, keepdims=True)
            delta = self.weights[k].T @ delta * activations[k] * (1 - activations[k])
        return nabla_w, nabla_b


class AppliedTwice(Looped):
    def backprop(self, x, y):
        activations = self.feedforward(x)
        prime = lambda a: sigmoid(a) * (1 - sigmoid(a))  # noqa: E731
        deltas = [(activations[-1] - y) * activations[-1] * (1 - activations[-1]) / x.shape[1]]
        for k in range(len(self.weights) - 1, 0, -1):
            error = self.weights[k].T @ deltas[0]
            deltas.insert(0, error * prime(activations[k]))  # wrong: derivative_at_activation@1
        nabla_w = [d @ a.T for d, a in zip(deltas, activations, strict=False)]
        return nabla_w, [d.sum(axis=1, keepdims=True) for d in deltas]


class UpdatedTooEarly(Looped):
    def update(self, x, y, eta):
        activations = self.feedforward(x)
        delta = (activations[-1] - y) * activations[-1] * (1 - activations[-1]) / x.shape[1]
        for k in reversed(range(len(self.weights))):
            self.weights[k] -= eta * delta @ activations[k].T
            self.biases[k] -= eta * delta.sum(axis=1, keepdims=True)
            back = self.weights[k].T @ delta  # wrong: weights_updated_before_backprop@1
            delta = back * activations[k] * (1 - activations[k])


class BiasSubtracted(Straight):
    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = sigmoid(self.A1 @ self.W2 - self.b2)  # wrong: bias_sign_flipped@2
        return self.A2 @ self.W3 + self.b3

    def gradients(self, X, Y):
        dZ3 = (self.forward(X) - Y) / len(X)
        dZ2 = dZ3 @ self.W3.T * self.A2 * (1 - self.A2)
        dZ1 = dZ2 @ self.W2.T * (1 - self.A1**2)
        dW1, db1 = X.T @ dZ1, dZ1.sum(axis=0)
        dW2, db2 = self.A1.T @ dZ2, dZ2.sum(axis=0)
        return [dW1, db1, dW2, db2, self.A2.T @ dZ3, dZ3.sum(axis=0)]

    @property
    def parameters(self):
        return [self.W1, self.b1, self.W2, self.b2, self.W3, self.b3]


class SigmoidTwice(BiasSubtracted):
    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = sigmoid(sigmoid(Z2))  # wrong: sigmoid_twice@2
        return self.A2 @ self.W3 + self.b3
