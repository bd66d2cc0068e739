import numpy as np


def embed(x, w, v):
    h = np.tanh(x @ w)
    return h, h @ v


def contrastive_loss(a, b, same, margin):
    d = np.sqrt(np.sum((a - b) ** 2, axis=1))
    return np.mean(same * d ** 2 + (1 - same) * np.maximum(margin - d, 0) ** 2)


def contrastive_grads(xa, xb, same, margin, w, v):
    n = len(same)
    ha, a = embed(xa, w, v)
    hb, b = embed(xb, w, v)
    gap = a - b
    d = np.sqrt(np.sum(gap ** 2, axis=1))
    slope = 2 * same * d - 2 * (1 - same) * np.maximum(margin - d, 0)
    ga = (slope / d)[:, np.newaxis] * gap / n
    gb = -ga
    gv = ha.T @ ga + hb.T @ gb
    gha = (ga @ v.T) * (1 - ha ** 2)
    ghb = (gb @ v.T) * (1 - hb ** 2)
    gw = xa.T @ gha + xb.T @ ghb
    return gw, gv


def sgd(xa, xb, same, w, v, lr=0.1, margin=1.5, epochs=60):
    for e in range(epochs):
        gw, gv = contrastive_grads(xa, xb, same, margin, w, v)
        w = w - lr * gw
        v = v - lr * gv
        if e % 20 == 0:
            _, a = embed(xa, w, v)
            _, b = embed(xb, w, v)
            print("epoch %d loss %.5f" % (e, contrastive_loss(a, b, same, margin)))
    return w, v


if __name__ == "__main__":
    rs = np.random.RandomState(121)
    classes = rs.randint(0, 2, (26, 2))
    xa = rs.randn(26, 4) + classes[:, :1]
    xb = rs.randn(26, 4) + classes[:, 1:]
    same = (classes[:, 0] == classes[:, 1]).astype(float)
    w = rs.randn(4, 6) * 0.5
    v = rs.randn(6, 3) * 0.5
    w, v = sgd(xa, xb, same, w, v)
