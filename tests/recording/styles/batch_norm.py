import numpy as np

rng = np.random.default_rng(6)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
params = {"W": rng.normal(size=(3, 4)), "gamma": rng.normal(size=4), "beta": rng.normal(size=4), "V": rng.normal(size=(4, 1))}
running = {"mean": np.zeros(4), "var": np.ones(4)}


def normalise(x, gamma, beta, eps=1e-5):
    mu = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    running["mean"] = 0.9 * running["mean"] + 0.1 * mu
    x_hat = (x - mu) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x_hat, var, eps)


def loss(params):
    h, _ = normalise(X @ params["W"], params["gamma"], params["beta"])
    return np.square(np.clip(h, -1.0, 1.0) @ params["V"] - Y).mean() + 0.01 * (params["W"] ** 2).sum()
