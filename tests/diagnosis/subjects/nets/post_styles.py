"""Five networks in the styles in which people post them; the mistakes of the posts are options of the constructors."""

import sys
from itertools import pairwise

import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([[0], [1], [1], [0]])


class ListOfMatrices:
    """Weights alone in a list, drawn from the global generator; what is fitted is x + 1; leaky units throughout."""

    def __init__(self, n_in, n_hidden, n_out, decay=0.0):
        self.decay = decay
        self.learning_rate = 1e-9
        self.weights = [np.random.rand(n_in, n_hidden), np.random.rand(n_hidden, n_out)]
        self.z, self.a = [], []

    def leaky(self, z):
        return np.where(z < 0, 0.01 * z, z)

    def slope(self, z):
        return np.where(z < 0, 0.01, 1.0)

    def forward(self, inputs):
        self.z, self.a = [], []
        signal = inputs
        for W in self.weights:
            self.z.append(signal.dot(W))
            signal = self.leaky(self.z[-1])
            self.a.append(signal)
        return signal

    def cost(self, inputs, wanted):
        squares = 0.5 * np.sum((wanted - self.forward(inputs)) ** 2)
        return squares + 0.5 * self.decay * sum(np.sum(W**2) for W in self.weights)

    def backProp(self, inputs, wanted):
        out = self.forward(inputs)
        sys.stdout.write(f"error {wanted - out}\n")
        delta = -(wanted - out) * self.slope(self.z[1])
        second = self.a[0].T.dot(delta) + self.decay * self.weights[1]
        delta = delta.dot(self.weights[1].T) * self.slope(self.z[0])
        return [inputs.T.dot(delta) + self.decay * self.weights[0], second]


class PrivateWeights:
    """Private attributes, the bias in the first column, calls that take the outputs of all layers, no loss(X, Y)."""

    def __init__(self, shape, returns="weights"):
        generator = np.random.RandomState(1)
        self.__layers = len(shape)
        self.__weights = [generator.normal(0.1, 1.0, (o, i + 1)) for i, o in pairwise(shape)]
        self.__returns = returns

    def squash(self, z):
        return 1 / (1 + np.exp(-z))

    def Feedforward(self, given, Train=False):
        self.__cases = given.shape[0]
        collected = [given]
        for W in self.__weights:
            with_ones = np.hstack([np.ones((self.__cases, 1)), collected[-1]])
            collected.append(self.squash(with_ones @ W.T))
        return collected if Train else collected[-1]

    def CostFunction(self, given, target, kind=1):
        answer = self.Feedforward(given)
        if kind == 0:
            return np.sum(-target * np.log(answer) - (1 - target) * np.log(1 - answer))
        return 0.5 * np.sum((target - answer) ** 2)

    def Weight_Grad(self, given, target, collected):
        deltas = [(collected[-1] - target) * collected[-1] * (1 - collected[-1])]
        for i in range(1, self.__layers - 1):
            activity = collected[-i - 1]
            deltas.append((deltas[-1] @ self.__weights[-i][:, 1:]) * activity * (1 - activity))
        deltas.reverse()
        grads = []
        for delta, before in zip(deltas, collected, strict=False):
            with_ones = np.hstack([np.ones((self.__cases, 1)), before])
            scale = 1 if self.__returns == "right" else 1 / self.__cases
            grads.append(scale * (delta.T @ with_ones))
        if self.__returns == "weights":
            return self.__weights
        return grads


class Tanh:
    def value(self, a):
        return np.tanh(a)

    def derivative(self, a):
        return 1 - np.tanh(a) ** 2


class OnlyUpdates:
    """The bias in the first row; a method that changes W and returns it; derivatives from objects."""

    def __init__(self, sizes, ones_for_first=np.ones):
        rng = np.random.default_rng(0)
        self.W = [rng.normal(size=(i + 1, o)) for i, o in pairwise(sizes)]
        self.n_layers = len(self.W)
        self.activation = Tanh()
        self.learning_rate = 0.01
        self.ones_for_first = ones_for_first

    def forward_pass(self, X):
        A_vals, Z_vals = [], []
        previous = X
        for W in self.W:
            A_vals.append(np.concatenate((np.ones((len(previous), 1)), previous), axis=1) @ W)
            Z_vals.append(self.activation.value(A_vals[-1]))
            previous = Z_vals[-1]
        return A_vals, Z_vals

    def squared(self, y_hat, y):
        return 0.5 * np.mean(np.sum((y_hat - y) ** 2, axis=1))

    def backward_pass(self, A_vals, dLdyhat):
        deltas = [dLdyhat * self.activation.derivative(A_vals[-1])]
        for layer in range(self.n_layers - 2, -1, -1):
            back = deltas[-1] @ self.W[layer + 1][1:].T
            deltas.append(self.activation.derivative(A_vals[layer]) * back)
        return deltas[::-1]

    def update_weights(self, X, Z_vals, deltas):
        entering = [X, *Z_vals[:-1]]
        for layer in range(self.n_layers):
            column = self.ones_for_first if layer == 0 else np.ones
            with_ones = np.concatenate((column((len(X), 1)), entering[layer]), axis=1)
            self.W[layer] -= self.learning_rate * (with_ones.T @ deltas[layer])
        return self.W

    def train_once(self, X, y):
        A_vals, Z_vals = self.forward_pass(X)
        self.update_weights(X, Z_vals, self.backward_pass(A_vals, (Z_vals[-1] - y) / len(X)))


class DictsByLayer:
    """Everything in dicts by layer, data kept by the constructor, samples in columns, methods without arguments."""

    def __init__(self, X, Y, hidden, num_iterations, learning_rate=1.2):
        np.random.seed(1)
        self.X, self.Y = X, Y
        self.Z, self.A, self.W, self.b = {}, {}, {}, {}
        self.dZ, self.dA, self.dW, self.db = {}, {}, {}, {}
        self.m = Y.shape[1]
        self.layers = [*hidden, 1]
        self.L = len(self.layers)
        self.num_iterations, self.learning_rate = num_iterations, learning_rate
        before = X.shape[0]
        for layer, nodes in enumerate(self.layers, start=1):
            self.W[layer] = np.random.randn(nodes, before) * np.sqrt(2 / before)
            self.b[layer] = np.zeros((nodes, 1))
            before = nodes

    def forward_propagation(self):
        self.A[0] = np.copy(self.X)
        for k in range(1, self.L + 1):
            self.Z[k] = self.W[k] @ self.A[k - 1] + self.b[k]
            self.A[k] = np.maximum(self.Z[k], 0) if k < self.L else 1 / (1 + np.exp(-self.Z[k]))
        return self.A[self.L]

    def compute_cost(self, Y_hat):
        return np.squeeze(-1 / self.m * np.sum(self.Y * np.log(Y_hat) + (1 - self.Y) * np.log(1 - Y_hat)))

    def backward_propagation(self):
        for k in reversed(range(1, self.L + 1)):
            if k == self.L:
                self.dA[k] = -(self.Y / self.A[k] - (1 - self.Y) / (1 - self.A[k]))
                self.dZ[k] = self.dA[k] * self.A[k] * (1 - self.A[k])
            else:
                self.dZ[k] = self.dA[k] * (self.Z[k] > 0)
            self.dW[k] = self.dZ[k] @ self.A[k - 1].T / self.m
            self.db[k] = self.dZ[k].sum(axis=1, keepdims=True) / self.m
            self.dA[k - 1] = self.W[k].T @ self.dZ[k]


class GradientsBackwards:
    """Attributes that training fills, gradients in lists from the output to the input."""

    def __init__(self, inputs, outputs, units):
        rng = np.random.default_rng(5)
        self.xbatches, self.ybatches = [inputs], [outputs]
        sides = [inputs.shape[0], *units, outputs.shape[0]]
        self.w = [rng.normal(size=(o, i)) for i, o in pairwise(sides)]
        self.b = [rng.normal(size=(o, 1)) for o in sides[1:]]
        self.numlayer = len(self.w)

    def forward(self):
        for i in range(self.numlayer):
            self.z.append(self.w[i] @ self.a[i] + self.b[i])
            self.a.append(1 / (1 + np.exp(-self.z[i])))

    def loss(self, real, current):
        return -np.sum(real * np.log(current) + (1 - real) * np.log(1 - current)) / real.shape[1]

    def backward(self, batch):
        real = self.ybatches[batch]
        back = (-(real / self.a[-1]) + (1 - real) / (1 - self.a[-1])) / real.shape[1]
        self.dw, self.db = [], []
        for i in range(self.numlayer - 1, -1, -1):
            dz = back * self.a[i + 1] * (1 - self.a[i + 1])
            self.dw.append(dz @ self.a[i].T)
            self.db.append(dz.sum(axis=1, keepdims=True))
            back = self.w[i].T @ dz
