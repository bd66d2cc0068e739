import warnings

import numpy as np

warnings.simplefilter("ignore", PendingDeprecationWarning)
rng = np.random.default_rng(13)
X, Y = np.matrix(rng.normal(size=(5, 3))), np.matrix(rng.normal(size=(5, 1)))
params = {"W": np.matrix(rng.normal(size=(3, 4))), "V": np.matrix(rng.normal(size=(4, 1)))}


def loss(params):
    H = 1 / (1 + np.exp(-X * params["W"]))
    E = H * params["V"] - Y
    return float((E.T * E)[0, 0]) / 2


def gradients(params):
    H = 1 / (1 + np.exp(-X * params["W"]))
    E = H * params["V"] - Y
    back = np.multiply(np.multiply(E * params["V"].T, H), 1 - H)
    return {"W": X.T * back, "V": H.T * E}
