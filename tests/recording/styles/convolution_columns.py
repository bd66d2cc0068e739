import numpy as np

rng = np.random.default_rng(5)
X, Y = rng.normal(size=(2, 2, 5, 5)), rng.normal(size=(2, 3, 3, 3))
params = {"W": rng.normal(size=(3, 2, 3, 3)), "b": rng.normal(size=(3, 1))}


def im2col(x, size, pad=0, stride=1):
    n, c, h, w = x.shape
    out_h, out_w = (h + 2 * pad - size) // stride + 1, (w + 2 * pad - size) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], "constant")
    col = np.zeros((n, c, size, size, out_h, out_w))
    for y in range(size):
        for x_ in range(size):
            col[:, :, y, x_, :, :] = img[:, :, y : y + stride * out_h : stride, x_ : x_ + stride * out_w : stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(n * out_h * out_w, -1), out_h, out_w


def forward(params):
    col, h, w = im2col(X, 3, pad=1, stride=2)
    out = col @ params["W"].reshape(3, -1).T + params["b"].T
    return out.reshape(2, h, w, 3).transpose(0, 3, 1, 2), col


def loss(params):
    out, _ = forward(params)
    return np.sum((np.tanh(out) - Y) ** 2) / 2


def gradients(params):
    out, col = forward(params)
    a = np.tanh(out)
    d = ((a - Y) * (1 - a * a)).transpose(0, 2, 3, 1).reshape(-1, 3)
    return {"W": (d.T @ col).reshape(params["W"].shape), "b": d.sum(axis=0)[:, np.newaxis]}
