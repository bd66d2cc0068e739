"""Mini library: every layer knows its own way back."""
import numpy as np


class FullyConnected:
    def __init__(self, fan_in, fan_out):
        self.kernel = np.random.randn(fan_in, fan_out) / np.sqrt(fan_in)
        self.shift = np.zeros(fan_out)

    def __call__(self, inp):
        self.inp = inp
        return np.dot(inp, self.kernel) + self.shift

    def back(self, up):
        self.kernel_grad = np.dot(self.inp.T, up)
        self.shift_grad = up.sum(axis=0)
        return np.dot(up, self.kernel.T)

    def learn(self, eta):
        self.kernel -= eta * self.kernel_grad
        self.shift -= eta * self.shift_grad


class Pointwise:
    def __init__(self, f, f_prime):
        self.f = f
        self.f_prime = f_prime

    def __call__(self, inp):
        self.inp = inp
        return self.f(inp)

    def back(self, up):
        return np.multiply(up, self.f_prime(self.inp))

    def learn(self, eta):
        pass


class Tanh(Pointwise):
    def __init__(self):
        super().__init__(np.tanh, lambda x: 1 - np.tanh(x) ** 2)


class Sigmoid(Pointwise):
    def __init__(self):
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))

        def sigmoid_prime(x):
            s = sigmoid(x)
            return s * (1 - s)

        super().__init__(sigmoid, sigmoid_prime)


class MeanSquaredError:
    def value(self, guess, truth):
        return np.mean((guess - truth) ** 2)

    def grad(self, guess, truth):
        return 2 * (guess - truth) / guess.size


def run(network, x):
    for layer in network:
        x = layer(x)
    return x


def train(network, criterion, x, y, epochs=100, eta=0.5):
    for e in range(epochs):
        error = 0
        for i in range(0, len(x), 6):
            xb, yb = x[i:i + 6], y[i:i + 6]
            out = run(network, xb)
            error += criterion.value(out, yb)
            up = criterion.grad(out, yb)
            for layer in reversed(network):
                up = layer.back(up)
            for layer in network:
                layer.learn(eta)
        if e % 20 == 0:
            print("epoch", e, "error", error)


np.random.seed(11)
X = np.random.uniform(-1, 1, (18, 3))
Y = np.stack([X[:, 0] * X[:, 1] > 0, X[:, 2] > 0.1], axis=1).astype(float)
network = [FullyConnected(3, 5), Tanh(), FullyConnected(5, 4), Tanh(), FullyConnected(4, 2), Sigmoid()]
train(network, MeanSquaredError(), X, Y)
print(run(network, X).round(2))
