import numpy as np


def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(-1, keepdims=True)
    inv = 1 / np.sqrt(x.var(-1, keepdims=True) + eps)
    xhat = (x - mean) * inv
    return g * xhat + b, (xhat, inv, g)


def layer_norm_back(dy, saved):
    xhat, inv, g = saved
    dg = (dy * xhat).sum(0)
    db = dy.sum(0)
    dxhat = dy * g
    dx = inv * (dxhat - dxhat.mean(-1, keepdims=True) - xhat * (dxhat * xhat).mean(-1, keepdims=True))
    return dx, dg, db


class ResidualBlock:
    def __init__(self, width, inner, rng):
        self.p = {
            "g": np.ones(width), "b": np.zeros(width),
            "W1": rng.normal(size=(width, inner)) * 0.4, "b1": np.zeros(inner),
            "W2": rng.normal(size=(inner, width)) * 0.4, "b2": np.zeros(width),
        }

    def forward(self, x):
        p = self.p
        self.n, self.saved = layer_norm(x, p["g"], p["b"])
        self.pre = self.n @ p["W1"] + p["b1"]
        self.act = np.maximum(self.pre, 0)
        return x + self.act @ p["W2"] + p["b2"]

    def backward(self, dout):
        p, self.d = self.p, {}
        self.d["W2"] = self.act.T @ dout
        self.d["b2"] = dout.sum(0)
        dpre = (dout @ p["W2"].T) * (self.pre > 0)
        self.d["W1"] = self.n.T @ dpre
        self.d["b1"] = dpre.sum(0)
        dn = dpre @ p["W1"].T
        dx, self.d["g"], self.d["b"] = layer_norm_back(dn, self.saved)
        return dout + dx


class ResNet:
    def __init__(self, width, inner, depth, seed):
        rng = np.random.default_rng(seed)
        self.blocks = [ResidualBlock(width, inner, rng) for _ in range(depth)]
        self.w = rng.normal(size=(width, 1)) * 0.5

    def forward(self, x):
        for block in self.blocks:
            x = block.forward(x)
        self.last = x
        return x @ self.w

    def loss(self, x, y):
        return ((self.forward(x) - y) ** 2).mean()

    def train_step(self, x, y, lr):
        out = self.forward(x)
        dout = 2 * (out - y) / len(x)
        dw = self.last.T @ dout
        d = dout @ self.w.T
        for block in reversed(self.blocks):
            d = block.backward(d)
        self.w -= lr * dw
        for block in self.blocks:
            for key in block.p:
                block.p[key] -= lr * block.d[key]


rng = np.random.default_rng(131)
x = rng.normal(size=(20, 5))
y = (x[:, :1] * x[:, 1:2]) + np.abs(x[:, 2:3])
net = ResNet(5, 7, 2, seed=132)
for it in range(100):
    net.train_step(x, y, 0.05)
    if it % 25 == 0:
        print(it, net.loss(x, y))
