import numpy as np

np.random.seed(10)
H, D, T = 6, 3, 5
sig = lambda z: 1 / (1 + np.exp(-z))


class LSTM:
    def __init__(self):
        s = 0.3
        self.Wf, self.Wi, self.Wc, self.Wo = [s * np.random.randn(H, H + D) for _ in range(4)]
        self.bf, self.bi, self.bc, self.bo = [np.zeros((H, 1)) for _ in range(4)]
        self.Wy = s * np.random.randn(1, H)
        self.by = np.zeros((1, 1))

    def params(self):
        return [self.Wf, self.Wi, self.Wc, self.Wo, self.bf, self.bi, self.bc, self.bo, self.Wy, self.by]

    def forward(self, xs):
        h, c = np.zeros((H, 1)), np.zeros((H, 1))
        self.steps = []
        for x in xs:
            z = np.vstack((h, x))
            f, i, o = sig(self.Wf @ z + self.bf), sig(self.Wi @ z + self.bi), sig(self.Wo @ z + self.bo)
            g = np.tanh(self.Wc @ z + self.bc)
            c_new = f * c + i * g
            h_new = o * np.tanh(c_new)
            self.steps.append((z, f, i, o, g, c, c_new))
            h, c = h_new, c_new
        self.h = h
        return self.Wy @ h + self.by

    def backward(self, dy):
        grads = [np.zeros_like(p) for p in self.params()]
        dWf, dWi, dWc, dWo, dbf, dbi, dbc, dbo, dWy, dby = grads
        dWy += dy @ self.h.T
        dby += dy
        dh = self.Wy.T @ dy
        dc = np.zeros((H, 1))
        for z, f, i, o, g, c_old, c_new in reversed(self.steps):
            t = np.tanh(c_new)
            do = dh * t * o * (1 - o)
            dc = dc + dh * o * (1 - t ** 2)
            df = dc * c_old * f * (1 - f)
            di = dc * g * i * (1 - i)
            dg = dc * i * (1 - g ** 2)
            for dW, db, d in ((dWf, dbf, df), (dWi, dbi, di), (dWc, dbc, dg), (dWo, dbo, do)):
                dW += d @ z.T
                db += d
            dz = self.Wf.T @ df + self.Wi.T @ di + self.Wc.T @ dg + self.Wo.T @ do
            dh = dz[:H]
            dc = dc * f
        return grads


net = LSTM()
series = np.sin(np.arange(200) * 0.3)
lr = 0.05
for epoch in range(20):
    losses = []
    for k in range(0, 150, 7):
        xs = [np.array([[series[k + t + j]] for j in range(D)]) for t in range(T)]
        target = series[k + T + D]
        y = net.forward(xs)
        losses.append(float(((y - target) ** 2).item()))
        for p, g in zip(net.params(), net.backward(2 * (y - target))):
            p -= lr * np.clip(g, -1, 1)
    print(epoch, np.mean(losses))
