import numpy as np
from scipy.special import expit, logsumexp

rng = np.random.default_rng(15)
X, Y = rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 5, 2))
params = {"W": rng.normal(size=(3, 4)), "U": rng.normal(size=(4, 2)), "s": rng.normal(size=())}


def loss(params):
    H = expit(np.einsum("btd,dh->bth", X, params["W"]))
    out = np.einsum("bth,ho->bto", H, params["U"], optimize=True) * params["s"]
    return np.mean(logsumexp(out, axis=-1)) + np.einsum("bto,bto->", out - Y, out - Y) / 2
