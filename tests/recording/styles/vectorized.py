import math

import numpy as np

rng = np.random.default_rng(14)
X, Y = rng.normal(size=(6, 2)), rng.normal(size=6)
params = {"W": rng.normal(size=(2, 3)), "v": rng.normal(size=3)}


@np.vectorize
def squash(z):
    return z / (1 + abs(z)) if z > -3 else math.tanh(z)


def loss(params):
    out = squash(X @ params["W"]) @ params["v"]
    return np.average((out - Y) ** 2)
