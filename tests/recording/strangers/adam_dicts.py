import numpy as np

rng = np.random.RandomState(7)
X = rng.randn(200, 2)
Y = ((X[:, 0] ** 2 + X[:, 1] ** 2) > 1.2).astype(float)[:, None]


def init(sizes):
    params = {}
    for i in range(1, len(sizes)):
        params[f"W{i}"] = rng.randn(sizes[i - 1], sizes[i]) * np.sqrt(2 / sizes[i - 1])
        params[f"b{i}"] = np.zeros(sizes[i])
    return params


def forward(params, x):
    cache = {"A0": x}
    L = len(params) // 2
    a = x
    for i in range(1, L + 1):
        z = a @ params[f"W{i}"] + params[f"b{i}"]
        a = np.maximum(z, 0) if i < L else 1 / (1 + np.exp(-z))
        cache[f"Z{i}"] = z
        cache[f"A{i}"] = a
    return a, cache


def backward(params, cache, y):
    grads = {}
    L = len(params) // 2
    m = y.shape[0]
    dz = (cache[f"A{L}"] - y) / m
    for i in range(L, 0, -1):
        grads[f"W{i}"] = cache[f"A{i-1}"].T @ dz
        grads[f"b{i}"] = dz.sum(axis=0)
        if i > 1:
            dz = (dz @ params[f"W{i}"].T) * (cache[f"Z{i-1}"] > 0)
    return grads


def adam_step(params, grads, m, v, t, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
    for key in params:
        m[key] = b1 * m[key] + (1 - b1) * grads[key]
        v[key] = b2 * v[key] + (1 - b2) * grads[key] ** 2
        m_hat = m[key] / (1 - b1 ** t)
        v_hat = v[key] / (1 - b2 ** t)
        params[key] -= lr * m_hat / (np.sqrt(v_hat) + eps)


params = init([2, 16, 8, 1])
m = {k: np.zeros_like(p) for k, p in params.items()}
v = {k: np.zeros_like(p) for k, p in params.items()}
for t in range(1, 501):
    out, cache = forward(params, X)
    grads = backward(params, cache, Y)
    adam_step(params, grads, m, v, t)
    if t % 100 == 0:
        loss = -np.mean(Y * np.log(out + 1e-9) + (1 - Y) * np.log(1 - out + 1e-9))
        print("step", t, "loss", round(loss, 4))
