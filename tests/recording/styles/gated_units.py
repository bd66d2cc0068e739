import numpy as np

np.random.seed(17)
d, h = 3, 4
X, Y = np.random.randn(5, d, 1), np.random.randn(5, 1)
params = {}
for gate in "zrh":
    params["W" + gate] = np.random.randn(h, h + d) * 0.4
    params["b" + gate] = np.zeros((h, 1))
params["V"] = np.random.randn(1, h)
σ = lambda v: np.where(v >= 0, 1 / (1 + np.exp(-np.abs(v))), np.exp(-np.abs(v)) / (1 + np.exp(-np.abs(v))))


def step(x, s):
    joined = np.row_stack((s, x)) if hasattr(np, "row_stack") and False else np.concatenate([s, x], axis=0)
    z, r = (σ(params_["W" + g] @ joined + params_["b" + g]) for g in "zr")
    candidate = np.tanh(np.matmul(params_["Wh"], np.r_[r * s, x]) + params_["bh"])
    return (1 - z) * s + z * candidate


def loss(params):
    global params_
    params_ = params
    s, total = np.zeros((h, 1)), 0.0
    for t, x in enumerate(X):
        s = step(x, s)
        if (error := (params["V"] @ s).item() - Y[t, 0]) > 1.0:
            total += error - 0.5
        elif error < -1.0:
            total += -error - 0.5
        else:
            total += 0.5 * error**2
    return total
