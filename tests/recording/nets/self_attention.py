import numpy as np


def init(d, k, seed=0):
    g = np.random.default_rng(seed)
    return dict(Wq=g.normal(size=(d, k)) * 0.5, Wk=g.normal(size=(d, k)) * 0.5,
                Wv=g.normal(size=(d, k)) * 0.5, Wo=g.normal(size=(k, 1)) * 0.5)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def softmax_backward(dp, p):
    return p * (dp - (dp * p).sum(-1, keepdims=True))


def forward(params, x):
    q, k, v = x @ params["Wq"], x @ params["Wk"], x @ params["Wv"]
    scale = np.sqrt(q.shape[-1])
    p = softmax(q @ k.transpose(0, 2, 1) / scale)
    ctx = p @ v
    pooled = ctx.mean(axis=1)
    y = pooled @ params["Wo"]
    return y, (x, q, k, v, scale, p, ctx, pooled)


def grads_of(params, x, t):
    y, (x, q, k, v, scale, p, ctx, pooled) = forward(params, x)
    b, s, d = x.shape
    loss = 0.5 * np.mean((y - t) ** 2)
    dy = (y - t) / b
    g = {}
    g["Wo"] = pooled.T @ dy
    dpooled = dy @ params["Wo"].T
    dctx = np.repeat(dpooled[:, None, :], s, axis=1) / s
    dp = dctx @ v.transpose(0, 2, 1)
    dv = p.transpose(0, 2, 1) @ dctx
    ds = softmax_backward(dp, p) / scale
    dq = ds @ k
    dk = ds.transpose(0, 2, 1) @ q
    flat = x.reshape(-1, d).T
    g["Wq"] = flat @ dq.reshape(b * s, -1)
    g["Wk"] = flat @ dk.reshape(b * s, -1)
    g["Wv"] = flat @ dv.reshape(b * s, -1)
    return loss, g


def fit(params, x, t, lr=0.1, epochs=100):
    for e in range(epochs):
        loss, g = grads_of(params, x, t)
        for name in params:
            params[name] -= lr * g[name]
        if e % 25 == 0:
            print(f"{e}: {loss:.4f}")
    return params


if __name__ == "__main__":
    g = np.random.default_rng(42)
    x = g.normal(size=(14, 5, 3))
    t = x[:, :, 0].max(axis=1, keepdims=True)
    fit(init(3, 4), x, t)
