from dataclasses import dataclass, field

import numpy as np


@dataclass
class Config:
    hidden: int = 6
    rate: float = 0.01
    decay: float = 0.9
    delta: float = 0.5
    seed: int = 161


@dataclass
class State:
    cfg: Config
    weights: list = field(default_factory=list)
    cache: list = field(default_factory=list)

    def __post_init__(self):
        rng = np.random.default_rng(self.cfg.seed)
        self.weights = [rng.normal(size=(3, self.cfg.hidden)), np.zeros(self.cfg.hidden),
                        rng.normal(size=(self.cfg.hidden, 1)), np.zeros(1)]
        self.cache = [np.zeros_like(w) for w in self.weights]


def batches(x, y, size):
    for i in range(0, len(x), size):
        yield x[i:i + size], y[i:i + size]


def huber(r, delta):
    small = np.abs(r) <= delta
    return np.mean(np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta)))


def huber_slope(r, delta):
    return np.clip(r, -delta, delta) / r.size


def loss_and_gradients(state, x, y):
    W1, b1, W2, b2 = state.weights
    z = x @ W1 + b1
    h = np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)
    r = h @ W2 + b2 - y
    loss = huber(r, state.cfg.delta)
    dr = huber_slope(r, state.cfg.delta)
    dW2 = h.T @ dr
    db2 = dr.sum(axis=0)
    dz = dr @ W2.T * np.where(z > 0, 1, h + 1)
    dW1 = x.T @ dz
    db1 = dz.sum(axis=0)
    return loss, [dW1, db1, dW2, db2]


def rmsprop(state, grads):
    cfg = state.cfg
    for i, g in enumerate(grads):
        state.cache[i] = cfg.decay * state.cache[i] + (1 - cfg.decay) * g ** 2
        state.weights[i] = state.weights[i] - cfg.rate * g / (np.sqrt(state.cache[i]) + 1e-8)


if __name__ == "__main__":
    rng = np.random.default_rng(162)
    x = rng.normal(size=(48, 3))
    y = np.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:]
    state = State(Config())
    for epoch in range(20):
        total = 0
        for xb, yb in batches(x, y, 12):
            loss, grads = loss_and_gradients(state, xb, yb)
            rmsprop(state, grads)
            total += loss
        if epoch % 5 == 0:
            print(epoch, total / 4)
