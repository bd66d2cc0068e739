"""Networks of people who climb: built from layer sizes, each right or with one mistake of its own."""

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class Layered:
    """Samples in rows, W (in, out), tanh inside, sigmoid at the end, half the squared error."""

    def __init__(self, sizes):
        rng = np.random.default_rng(1)
        self.W = [rng.normal(size=sizes[i : i + 2]) / np.sqrt(sizes[i]) for i in range(len(sizes) - 1)]
        self.b = [np.zeros(size) for size in sizes[1:]]

    @property
    def parameters(self):
        return [*self.W, *self.b]

    def forward(self, X):
        self.A = [X]
        for layer, (W, b) in enumerate(zip(self.W, self.b, strict=True)):
            z = self.affine(self.A[-1], W, b)
            self.A.append(sigmoid(z) if layer == len(self.W) - 1 else np.tanh(z))
        return self.A[-1]

    def affine(self, a, W, b):
        return a @ W + b

    def predict(self, X):
        return self.forward(X)

    def loss(self, X, Y):
        return np.sum((self.forward(X) - Y) ** 2) / 2 / len(X)

    def gradients(self, X, Y):
        out = self.forward(X)
        delta = (out - Y) * self.output_slope(out) / len(X)
        dW, db = [], []
        for layer in reversed(range(len(self.W))):
            dW.insert(0, self.A[layer].T @ delta)
            db.insert(0, delta.sum(axis=0))
            if layer:
                delta = (delta @ self.W[layer].T) * self.hidden_slope(self.A[layer])
        return [*dW, *db]

    def output_slope(self, a):
        return a * (1 - a)

    def hidden_slope(self, a):
        return 1 - a**2


class NoOutputSlope(Layered):
    def output_slope(self, a):
        return 1.0


class NoHiddenSlope(Layered):
    def hidden_slope(self, a):
        return 1.0


class ForgetsBias(Layered):
    def affine(self, a, W, b):
        return a @ W


class AllEqual(Layered):
    def __init__(self, sizes):
        super().__init__(sizes)
        for W in self.W:
            W[...] = 0.5


class Entropic(Layered):
    """Cross-entropy, whose gradient is A - Y; it predicts labels."""

    def loss(self, X, Y):
        p = self.forward(X)
        return -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))

    def output_slope(self, a):
        return 1.0

    def predict(self, X):
        return (self.forward(X) > 0.5).astype(int)


class Classes:
    """Samples in columns, W (out, in), ReLU inside, softmax at the end, one-hot targets."""

    def __init__(self, layer_sizes):
        rng = np.random.default_rng(2)
        self.parameters = {}
        for layer in range(1, len(layer_sizes)):
            n_in, n_out = layer_sizes[layer - 1 : layer + 1]
            self.parameters[f"W{layer}"] = rng.normal(size=(n_out, n_in)) * np.sqrt(2 / n_in)
            self.parameters[f"b{layer}"] = np.zeros((n_out, 1))
        self.depth = len(layer_sizes) - 1

    def forward(self, X):
        self.cache = [X]
        for layer in range(1, self.depth + 1):
            z = self.parameters[f"W{layer}"] @ self.cache[-1] + self.parameters[f"b{layer}"]
            if layer == self.depth:
                e = np.exp(z - z.max(axis=0))
                z = e / e.sum(axis=0)
            else:
                z = np.maximum(z, 0)
            self.cache.append(z)
        return self.cache[-1]

    def predict(self, X):
        return self.forward(X)

    def loss(self, X, Y):
        return -np.sum(Y * np.log(self.forward(X))) / X.shape[1]

    def gradients(self, X, Y):
        found = {}
        delta = (self.forward(X) - Y) / X.shape[1]
        for layer in range(self.depth, 0, -1):
            found[f"W{layer}"] = delta @ self.cache[layer - 1].T
            found[f"b{layer}"] = delta.sum(axis=1, keepdims=True)
            if layer > 1:
                delta = (self.parameters[f"W{layer}"].T @ delta) * (self.cache[layer - 1] > 0)
        return found


class TwoLayersOnly(Layered):
    """Always 2-5-1, whatever it is asked for."""

    def __init__(self):
        super().__init__([2, 5, 1])


class Pictures(Layered):
    """Always 784-3-1."""

    def __init__(self):
        super().__init__([784, 3, 1])


class Raises(Layered):
    """Its way back breaks with more than one layer."""

    def hidden_slope(self, a):
        raise RuntimeError("not written yet")


class Accumulates(Layered):
    """Forgets to set its gradients back to zero."""

    def gradients(self, X, Y):
        now = super().gradients(X, Y)
        self.kept = [old + new for old, new in zip(getattr(self, "kept", [0.0] * len(now)), now, strict=True)]
        return [one.copy() for one in self.kept]


class Single(Layered):
    """Computes in float32."""

    def affine(self, a, W, b):
        return np.float32(a) @ np.float32(W) + np.float32(b)

    def loss(self, X, Y):
        return np.float32(super().loss(X, np.float32(Y)))

    def gradients(self, X, Y):
        return [np.float32(one) for one in super().gradients(np.float32(X), np.float32(Y))]


class FromHidden(Layered):
    """Built from a number of hidden units, so that there is always such a layer; its hidden biases are n times off."""

    def __init__(self, n_inputs, n_hidden, n_outputs):
        super().__init__([n_inputs, n_hidden, n_outputs])

    def gradients(self, X, Y):
        dW1, dW2, db1, db2 = super().gradients(X, Y)
        return [dW1, dW2, db1 * len(X), db2]


class NeedsHidden(Layered):
    """Written for two layers: without the second there is nothing to go back through."""

    def gradients(self, X, Y):
        return super().gradients(X, Y) if self.W[1] is not None else []


class Odd(Layered):
    """A loss of its own: the fourth power."""

    def loss(self, X, Y):
        return np.sum((self.forward(X) - Y) ** 4) / len(X)

    def output_slope(self, a):
        return a * (1 - a)

    def gradients(self, X, Y):
        out = self.forward(X)
        return super().gradients(X, out - 4 * (out - Y) ** 3)
