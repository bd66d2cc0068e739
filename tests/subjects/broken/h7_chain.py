"""Functions that hand on parameters, right ones."""

import numpy as np


def init_params(n_in, n_hidden, n_out):
    return {
        "W1": np.random.randn(n_in, n_hidden) / np.sqrt(n_in),
        "b1": np.zeros(n_hidden),
        "W2": np.random.randn(n_hidden, n_out) / np.sqrt(n_hidden),
        "b2": np.zeros(n_out),
    }


def forward(params, X):
    h = np.tanh(X @ params["W1"] + params["b1"])
    return 1 / (1 + np.exp(-(h @ params["W2"] + params["b2"]))), h


def loss_fn(params, X, y):
    p, _ = forward(params, X)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def grad_fn(params, X, y):
    p, h = forward(params, X)
    d2 = (p - y) / len(X)
    d1 = d2 @ params["W2"].T * (1 - h * h)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2.sum(0)}


def update(params, grads, lr):
    return {k: params[k] - lr * grads[k] for k in params}
