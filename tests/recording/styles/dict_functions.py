import copy

import numpy as np

np.random.seed(1)
X, Y = np.random.randn(3, 6), np.random.rand(1, 6)
params = {}
for layer, (rows, columns) in enumerate([(4, 3), (3, 4), (1, 3)], start=1):
    params["W" + str(layer)] = np.random.randn(rows, columns)
    params["b" + str(layer)] = np.random.randn(rows, 1)


def forward(X, params):
    cache = {"A0": X}
    A = X
    for layer in range(1, len(params) // 2 + 1):
        Z = np.dot(params["W" + str(layer)], A) + params["b" + str(layer)]
        A = np.maximum(0.1 * Z, Z) if layer < len(params) // 2 else 1.0 / (1.0 + np.exp(-Z))
        cache["Z" + str(layer)], cache["A" + str(layer)] = Z, A
    return A, cache


def loss(params):
    A, _ = forward(X, copy.deepcopy(params))
    return np.squeeze(-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Y.shape[1])


def gradients(params):
    _, cache = forward(X, params)
    grads = {}
    dZ = (cache["A3"] - Y) / Y.shape[1]
    for layer in reversed(range(1, 4)):
        grads[f"W{layer}"] = dZ.dot(cache[f"A{layer - 1}"].T)
        grads[f"b{layer}"] = np.sum(dZ, axis=1, keepdims=True)
        if layer > 1:
            dA = np.dot(params[f"W{layer}"].T, dZ)
            dZ = np.array(dA, copy=True)
            dZ[cache[f"Z{layer - 1}"] <= 0] *= 0.1
    return grads
