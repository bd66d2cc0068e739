import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTM:
    """Many to one, predicts the next value of a series."""

    def __init__(self, n_in, n_hidden):
        np.random.seed(9)
        z = n_in + n_hidden
        self.n_hidden = n_hidden
        self.Wf = np.random.randn(n_hidden, z) * 0.4
        self.Wi = np.random.randn(n_hidden, z) * 0.4
        self.Wc = np.random.randn(n_hidden, z) * 0.4
        self.Wo = np.random.randn(n_hidden, z) * 0.4
        self.bf = np.ones((n_hidden, 1))
        self.bi = np.zeros((n_hidden, 1))
        self.bc = np.zeros((n_hidden, 1))
        self.bo = np.zeros((n_hidden, 1))
        self.Wy = np.random.randn(1, n_hidden) * 0.4
        self.by = np.zeros((1, 1))

    def forward(self, xs):
        self.cache = []
        h = np.zeros((self.n_hidden, 1))
        c = np.zeros((self.n_hidden, 1))
        for x in xs:
            concat = np.vstack((h, x.reshape(-1, 1)))
            f = sigmoid(self.Wf @ concat + self.bf)
            i = sigmoid(self.Wi @ concat + self.bi)
            g = np.tanh(self.Wc @ concat + self.bc)
            o = sigmoid(self.Wo @ concat + self.bo)
            c_prev = c
            c = f * c_prev + i * g
            h = o * np.tanh(c)
            self.cache.append((concat, f, i, g, o, c, c_prev, h))
        return self.Wy @ h + self.by

    def loss(self, xs, target):
        return 0.5 * np.sum((self.forward(xs) - target) ** 2)

    def backward(self, xs, target):
        pred = self.forward(xs)
        dy = pred - target
        grads = {name: np.zeros_like(getattr(self, name)) for name in
                 ("Wf", "Wi", "Wc", "Wo", "bf", "bi", "bc", "bo")}
        grads["Wy"] = dy @ self.cache[-1][-1].T
        grads["by"] = dy
        dh = self.Wy.T @ dy
        dc_next = np.zeros((self.n_hidden, 1))
        for concat, f, i, g, o, c, c_prev, h in reversed(self.cache):
            tc = np.tanh(c)
            do = dh * tc
            dc = dc_next + dh * o * (1 - tc ** 2)
            df = dc * c_prev
            di = dc * g
            dg = dc * i
            dzf = df * f * (1 - f)
            dzi = di * i * (1 - i)
            dzg = dg * (1 - g ** 2)
            dzo = do * o * (1 - o)
            grads["Wf"] += dzf @ concat.T
            grads["Wi"] += dzi @ concat.T
            grads["Wc"] += dzg @ concat.T
            grads["Wo"] += dzo @ concat.T
            grads["bf"] += dzf
            grads["bi"] += dzi
            grads["bc"] += dzg
            grads["bo"] += dzo
            dconcat = self.Wf.T @ dzf + self.Wi.T @ dzi + self.Wc.T @ dzg + self.Wo.T @ dzo
            dh = dconcat[:self.n_hidden]
            dc_next = dc * f
        return grads

    def step(self, grads, lr):
        for name in grads:
            setattr(self, name, getattr(self, name) - lr * grads[name])


if __name__ == "__main__":
    series = np.sin(np.arange(40) * 0.4)
    windows = np.array([[series[k:k + 5], np.cos(np.arange(k, k + 5) * 0.4)] for k in range(30)])
    windows = windows.transpose(0, 2, 1)      # (30, 5, 2)
    nexts = series[5:35]
    net = LSTM(2, 4)
    for epoch in range(5):
        total = 0
        for xs, target in zip(windows, nexts):
            total += net.loss(xs, target)
            net.step(net.backward(xs, target), 0.05)
        print("epoch", epoch, total / len(windows))
