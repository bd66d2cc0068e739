import numpy as np

rng = np.random.default_rng(61)
N, I, H, O = 17, 4, 6, 3
X = rng.normal(size=(N, I))
Y = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2], np.abs(X[:, 3])], axis=-1)

p = {
    "A": rng.normal(size=(I, H)) * 0.5,
    "a": np.zeros(H),
    "B": rng.normal(size=(H, O)) * 0.5,
    "b": np.zeros(O),
}


def net(x, p):
    pre = np.einsum("ni,ih->nh", x, p["A"]) + p["a"]
    hid = pre / (1 + np.exp(-pre))      # swish
    out = np.einsum("nh,ho->no", hid, p["B"]) + p["b"]
    return pre, hid, out


def objective(x, y, p):
    return 0.5 * np.einsum("no,no->", net(x, p)[2] - y, net(x, p)[2] - y) / len(x)


def grad(x, y, p):
    pre, hid, out = net(x, p)
    e = (out - y) / len(x)
    s = 1 / (1 + np.exp(-pre))
    dB = np.einsum("nh,no->ho", hid, e)
    db = np.einsum("no->o", e)
    dhid = np.einsum("no,ho->nh", e, p["B"])
    dpre = dhid * (s + pre * s * (1 - s))
    dA = np.einsum("ni,nh->ih", x, dpre)
    da = np.einsum("nh->h", dpre)
    return {"A": dA, "a": da, "B": dB, "b": db}


for it in range(200):
    g = grad(X, Y, p)
    for name in p:
        p[name] = p[name] - 0.3 * g[name]
print("final objective", objective(X, Y, p))
