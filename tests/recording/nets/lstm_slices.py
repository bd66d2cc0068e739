import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTM:
    def __init__(self, D, H, rng):
        self.H = H
        self.Wx = rng.normal(0, 0.4, (D, 4 * H))
        self.Wh = rng.normal(0, 0.4, (H, 4 * H))
        self.b = np.zeros(4 * H)
        self.Wy = rng.normal(0, 0.4, (H, 1))
        self.by = np.zeros(1)

    def step_forward(self, x, h_prev, c_prev):
        H = self.H
        a = x @ self.Wx + h_prev @ self.Wh + self.b
        i = sigmoid(a[:, :H])
        f = sigmoid(a[:, H:2 * H])
        o = sigmoid(a[:, 2 * H:3 * H])
        g = np.tanh(a[:, 3 * H:])
        c = f * c_prev + i * g
        h = o * np.tanh(c)
        return h, c, (x, h_prev, c_prev, i, f, o, g, c)

    def step_backward(self, dh, dc, cache):
        x, h_prev, c_prev, i, f, o, g, c = cache
        H = self.H
        tc = np.tanh(c)
        do = dh * tc
        dc = dc + dh * o * (1 - tc ** 2)
        df = dc * c_prev
        di = dc * g
        dg = dc * i
        dc_prev = dc * f
        da = np.zeros((x.shape[0], 4 * H))
        da[:, :H] = di * i * (1 - i)
        da[:, H:2 * H] = df * f * (1 - f)
        da[:, 2 * H:3 * H] = do * o * (1 - o)
        da[:, 3 * H:] = dg * (1 - g ** 2)
        self.dWx += x.T @ da
        self.dWh += h_prev.T @ da
        self.db += da.sum(axis=0)
        dh_prev = da @ self.Wh.T
        return dh_prev, dc_prev

    def loss_and_grads(self, X, y):
        N, T, D = X.shape
        h, c, caches = np.zeros((N, self.H)), np.zeros((N, self.H)), []
        for t in range(T):
            h, c, cache = self.step_forward(X[:, t], h, c)
            caches.append(cache)
        pred = (h @ self.Wy + self.by)[:, 0]
        loss = np.mean((pred - y) ** 2)
        self.dWx, self.dWh, self.db = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.b)
        dpred = (2 * (pred - y) / N)[:, None]
        self.dWy = h.T @ dpred
        self.dby = dpred.sum(axis=0)
        dh, dc = dpred @ self.Wy.T, np.zeros((N, self.H))
        for cache in caches[::-1]:
            dh, dc = self.step_backward(dh, dc, cache)
        return loss

    def update(self, lr):
        for name in ["Wx", "Wh", "b", "Wy", "by"]:
            value = getattr(self, name)
            value -= lr * getattr(self, "d" + name)


if __name__ == "__main__":
    rng = np.random.default_rng(8)
    X = rng.normal(size=(16, 5, 3))
    y = X[:, :, 0].sum(axis=1)
    model = LSTM(3, 4, rng)
    for epoch in range(40):
        loss = model.loss_and_grads(X, y)
        model.update(0.05)
        if epoch % 10 == 0:
            print(epoch, loss)
