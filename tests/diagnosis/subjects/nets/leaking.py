"""Networks whose gradient is right in a first call, and that go wrong from call to call or from sample to sample."""

import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(9, 2))
Y = X[:, :1] * X[:, 1:] + 0.3


class Healthy:
    def __init__(self):
        start = np.random.default_rng(4)
        self.W1, self.b1 = start.normal(size=(2, 3)), start.normal(size=(1, 3))
        self.W2, self.b2 = start.normal(size=(3, 1)), start.normal(size=(1, 1))
        self.cache = None
        self.sums = None

    @property
    def parameters(self):
        return {"W1": self.W1, "b1": self.b1, "W2": self.W2, "b2": self.b2}

    def predict(self, X):
        self.cache = X, np.tanh(X @ self.W1 + self.b1)
        return self.cache[1] @ self.W2 + self.b2

    def loss(self, X, Y):
        return np.mean((self.predict(X) - Y) ** 2)

    def gradients(self, X, Y):
        return self.back(2 * (self.predict(X) - Y) / len(X))

    def back(self, delta):
        X, hidden = self.cache
        inner = delta @ self.W2.T * (1 - hidden**2)
        return {
            "dW1": X.T @ inner,
            "db1": inner.sum(axis=0, keepdims=True),
            "dW2": hidden.T @ delta,
            "db2": delta.sum(axis=0, keepdims=True),
        }


class Accumulates(Healthy):
    def gradients(self, X, Y):
        new = super().gradients(X, Y)
        self.sums = new if self.sums is None else {key: self.sums[key] + new[key] for key in new}
        return self.sums


class LossTrains(Healthy):
    def loss(self, X, Y):
        value = super().loss(X, Y)
        self.W1 = self.W1 - 0.01 * self.gradients(X, Y)["dW1"]
        return value


class GradientsTrain(Healthy):
    def gradients(self, X, Y):
        found = super().gradients(X, Y)
        self.W2 -= 0.1 * found["dW2"]
        return found


class Stale(Healthy):
    """Takes what an earlier forward pass has left, where there is one of as many samples."""

    def gradients(self, X, Y):
        if self.cache is None or len(self.cache[0]) != len(X):
            self.predict(X)
        hidden = self.cache[1]
        return self.back(2 * (hidden @ self.W2 + self.b2 - Y) / len(X))


class Deaf(Healthy):
    """Starts from samples of its own."""

    def predict(self, X):
        own = np.resize(np.array([[0.5, -0.2], [1.0, 0.3], [-0.7, 0.1]]), X.shape)
        return super().predict(own)


class Crowd(Healthy):
    """Subtracts the mean over the batch from what is fed to the output."""

    def predict(self, X):
        hidden = np.tanh(X @ self.W1 + self.b1)
        self.cache = X, hidden
        return (hidden - hidden.mean(axis=0)) @ self.W2 + self.b2

    def back(self, delta):
        X, hidden = self.cache
        inner = delta @ self.W2.T
        inner = (inner - inner.mean(axis=0)) * (1 - hidden**2)
        return {
            "dW1": X.T @ inner,
            "db1": inner.sum(axis=0, keepdims=True),
            "dW2": (hidden - hidden.mean(axis=0)).T @ delta,
            "db2": delta.sum(axis=0, keepdims=True),
        }


class Momentum(Healthy):
    """Only updates, with momentum, which is no leak."""

    def __init__(self):
        super().__init__()
        self.velocity = dict.fromkeys(("W1", "b1", "W2", "b2"), 0.0)

    gradients = None

    def step(self, X, Y, lr):
        found = self.back(2 * (self.predict(X) - Y) / len(X))
        for key in self.velocity:
            self.velocity[key] = 0.9 * self.velocity[key] - lr * found[f"d{key}"]
            setattr(self, key, getattr(self, key) + self.velocity[key])


class Noisy(Healthy):
    """Its noise comes from a generator of its own."""

    def __init__(self):
        super().__init__()
        self.noise = np.random.default_rng()

    def loss(self, X, Y):
        return super().loss(X, Y) + 0.01 * self.noise.normal()
