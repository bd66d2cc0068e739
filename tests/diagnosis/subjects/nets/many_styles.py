"""Right networks in the styles that people write: nothing but subject=many_styles.py:NAME is needed for any of them."""

from itertools import pairwise

import numpy as np

X = np.array([[0.2, -1.0], [1.5, 0.4], [-0.3, 0.8], [0.9, -0.6], [0.1, 0.1], [-1.2, 0.5], [0.4, 1.1]])
Y = np.array([0, 2, 1, 0, 2, 1, 1])


def softmax(scores):
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


class LossAndGrads:
    """The style of a well-known course: params in a dict, loss(X, y) gives loss and grads, scores without y, labels."""

    def __init__(self, input_size, hidden_size, output_size, std=0.5):
        g = np.random.default_rng(1)
        self.params = {
            "W1": std * g.normal(size=(input_size, hidden_size)),
            "b1": np.zeros(hidden_size) + 0.1,
            "W2": std * g.normal(size=(hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }

    def loss(self, X, y=None, reg=0.01):
        W1, b1, W2, b2 = (self.params[key] for key in ("W1", "b1", "W2", "b2"))
        hidden = np.maximum(0, X @ W1 + b1)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        p = softmax(scores)
        value = -np.log(p[range(len(X)), y]).mean() + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        p[range(len(X)), y] -= 1
        p /= len(X)
        back = (p @ W2.T) * (hidden > 0)
        grads = {"W2": hidden.T @ p + 2 * reg * W2, "b2": p.sum(0), "W1": X.T @ back + 2 * reg * W1, "b1": back.sum(0)}
        return value, grads

    def predict(self, X):
        return self.loss(X).argmax(axis=1)


class ForwardThenBackward:
    """forward keeps, backward(Y) fills self.grads, the loss wants what forward gave; one-hot inside."""

    def __init__(self, layers):
        g = np.random.default_rng(2)
        self.Ws = [g.normal(size=shape) for shape in pairwise(layers)]
        self.bs = [g.normal(size=(1, width)) for width in layers[1:]]

    def forward(self, x):
        self.acts = [x]
        for k, (W, b) in enumerate(zip(self.Ws, self.bs, strict=True)):
            z = self.acts[-1] @ W + b
            self.acts.append(softmax(z) if k == len(self.Ws) - 1 else 1 / (1 + np.exp(-z)))
        return self.acts[-1]

    def loss(self, y_hat, y):
        return -np.sum(np.log(y_hat[np.arange(len(y)), y])) / len(y)

    def backward(self, y):
        delta = self.acts[-1].copy()
        delta[np.arange(len(y)), y] -= 1
        delta /= len(y)
        self.dWs, self.dbs = [], []
        for k in reversed(range(len(self.Ws))):
            self.dWs.insert(0, self.acts[k].T @ delta)
            self.dbs.insert(0, delta.sum(axis=0, keepdims=True))
            delta = delta @ self.Ws[k].T * self.acts[k] * (1 - self.acts[k])


class Dense:
    def __init__(self, n_in, n_out, seed):
        g = np.random.default_rng(seed)
        self.W, self.b = g.normal(size=(n_in, n_out)), np.zeros(n_out)
        self.dW = self.db = None

    def forward(self, x):
        self.x, self.z = x, x @ self.W + self.b
        return self.z

    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T


class LayerObjects:
    """A list of layer objects that keep their own parameters and gradients."""

    def __init__(self):
        self.layers = [Dense(2, 4, 1), Dense(4, 3, 2)]

    def forward(self, X):
        return self.layers[1].forward(np.tanh(self.layers[0].forward(X)))

    def compute_loss(self, X, y):
        return -np.log(softmax(self.forward(X))[np.arange(len(y)), y]).mean()

    def backward(self, X, y):
        d = softmax(self.forward(X))
        d[np.arange(len(y)), y] -= 1
        d = self.layers[1].backward(d / len(y))
        self.layers[0].backward(d * (1 - np.tanh(self.layers[0].z) ** 2))


class FlatVector:
    """All parameters in one vector, of which the matrices are views made in each call."""

    def __init__(self):
        self.theta = np.random.default_rng(7).normal(size=2 * 3 + 3)

    def scores(self, X):
        return X @ self.theta[:6].reshape(2, 3) + self.theta[6:]

    def cost(self, X, y):
        return -np.log(softmax(self.scores(X))[np.arange(len(y)), y]).mean()

    def gradient(self, X, y):
        d = softmax(self.scores(X))
        d[np.arange(len(y)), y] -= 1
        return np.concatenate([(X.T @ d).ravel(), d.sum(axis=0)]) / len(y)


class PairsOfArrays:
    """A list of (W, b), gradients in the same form."""

    def __init__(self):
        g = np.random.default_rng(3)
        self.parameters = [(g.normal(size=(2, 5)), g.normal(size=5)), (g.normal(size=(5, 3)), g.normal(size=3))]

    def loss(self, X, Y):
        (W1, b1), (W2, b2) = self.parameters
        return -np.log(softmax(np.tanh(X @ W1 + b1) @ W2 + b2)[np.arange(len(Y)), Y]).sum()

    def gradients(self, X, Y):
        (W1, b1), (W2, b2) = self.parameters
        hidden = np.tanh(X @ W1 + b1)
        d = softmax(hidden @ W2 + b2)
        d[np.arange(len(Y)), Y] -= 1
        back = d @ W2.T * (1 - hidden**2)
        return [(X.T @ back, back.sum(0)), (hidden.T @ d, d.sum(0))]


class SinglePrecision:
    """Everything in float32, casts included."""

    def __init__(self):
        g = np.random.default_rng(3)
        self.W = g.normal(size=(2, 3)).astype(np.float32)
        self.b = np.zeros(3, dtype=np.float32)

    def predict(self, X):
        return softmax(np.float32(X) @ np.float32(self.W) + np.float32(self.b))

    def loss(self, X, y):
        return -np.log(self.predict(X)[np.arange(len(y)), y]).mean()

    def gradients(self, X, y):
        d = self.predict(X)
        d[np.arange(len(y)), y] -= 1
        d /= np.float32(len(y))
        return [np.float32(X).T @ d, d.sum(axis=0)]


def quadratic(scale):
    class Scaled:
        def __init__(self):
            self.W, self.b = np.array([[0.5], [-0.3]]), np.array([[0.2]])

        def loss(self, X, Y):
            return scale * np.mean((np.tanh(X @ self.W + self.b)[:, 0] - Y) ** 2)

        def gradients(self, X, Y):
            out = np.tanh(X @ self.W + self.b)
            d = 2 * scale * (out - Y[:, None]) * (1 - out**2) / len(X)
            return [X.T @ d, d.sum(axis=0, keepdims=True)]

    return Scaled


Tiny, Huge = quadratic(1e-12), quadratic(1e12)


class AtTheKink:
    """A ReLU unit 1e-8 from its kink, one exactly at it, and f'(0) = 1."""

    def __init__(self):
        self.W1 = np.array([[1.0, -0.5, 0.7], [0.3, 0.8, -0.2]])
        self.b1 = -(X[0] @ self.W1) + np.array([1e-8, 0.0, 0.4])
        self.W2, self.b2 = np.array([[0.9, -1.1, 0.4]]).T, np.zeros(1)

    def predict(self, X):
        return np.maximum(X @ self.W1 + self.b1, 0) @ self.W2 + self.b2

    def loss(self, X, Y):
        return 0.5 * np.mean((self.predict(X)[:, 0] - Y) ** 2)

    def gradients(self, X, Y):
        z = X @ self.W1 + self.b1
        d = (self.predict(X) - Y[:, None]) / len(X)
        back = d @ self.W2.T * (z >= 0)
        return [X.T @ back, back.sum(0), np.maximum(z, 0).T @ d, d.sum(0)]


class Wide:
    """A hundred thousand parameters."""

    def __init__(self):
        g = np.random.default_rng(0)
        self.W1, self.b1 = g.normal(size=(2, 30_000)) / 2, np.zeros(30_000)
        self.W2, self.b2 = g.normal(size=(30_000, 1)) / 170, np.zeros(1)

    def loss(self, X, Y):
        return 0.5 * np.mean(((np.tanh(X @ self.W1 + self.b1) @ self.W2 + self.b2)[:, 0] - Y) ** 2)

    def gradients(self, X, Y):
        hidden = np.tanh(X @ self.W1 + self.b1)
        d = (hidden @ self.W2 + self.b2 - Y[:, None]) / len(X)
        back = d @ self.W2.T * (1 - hidden**2)
        return [X.T @ back, back.sum(0), hidden.T @ d, d.sum(0)]


class SingleNeuron:
    """Numbers in place of arrays, plain Python floats, single features taken apart."""

    def __init__(self):
        self.w1, self.w2, self.b = 0.3, -0.2, 0.1

    def output(self, X):
        return 1 / (1 + np.exp(-(self.w1 * X[:, 0] + self.w2 * X[:, 1] + self.b)))

    def error(self, X, Y):
        return float(np.sum((self.output(X) - Y) ** 2))

    def gradients(self, X, Y):
        o = self.output(X)
        d = 2 * (o - Y) * o * (1 - o)
        return float(np.sum(d * X[:, 0])), float(np.sum(d * X[:, 1])), float(np.sum(d))
