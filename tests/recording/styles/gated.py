import numpy as np

rng = np.random.default_rng(8)
H, D, T = 3, 2, 4
X = rng.normal(size=(T, D))
goal = rng.normal(size=H)
params = {"W": 0.5 * rng.normal(size=(4 * H, H + D)), "b": rng.normal(size=4 * H)}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cell(x, h, c, W, b):
    z = np.hstack((h, x))
    gates = W @ z + b
    i, f, o, g = np.split(gates, 4)
    i, f, o = map(sigmoid, (i, f, o))
    g = np.tanh(g)
    c = f * c + i * g
    return o * np.tanh(c), c


def loss(params):
    h, c = np.zeros(H), np.zeros(H)
    for x in X:
        h, c = cell(x, h, c, **params)
    return 0.5 * np.sum((h - goal) ** 2)
