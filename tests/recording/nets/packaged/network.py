import numpy as np

from .ops import d_elu, d_log_loss, d_sigmoid, elu, log_loss, sigmoid


class MultiLabelNet:
    def __init__(self, layer_sizes, seed=40):
        rng = np.random.default_rng(seed)
        self.Ws = [rng.normal(size=(i, o)) / np.sqrt(i) for i, o in zip(layer_sizes, layer_sizes[1:])]
        self.bs = [np.zeros((1, o)) for o in layer_sizes[1:]]
        self.fs = [elu] * (len(self.Ws) - 1) + [sigmoid]
        self.dfs = [d_elu] * (len(self.Ws) - 1) + [d_sigmoid]

    def forward(self, x):
        self.inputs, self.zs = [], []
        for W, b, f in zip(self.Ws, self.bs, self.fs):
            self.inputs.append(x)
            z = x @ W + b
            self.zs.append(z)
            x = f(z)
        return x

    def loss(self, x, y):
        return log_loss(y, self.forward(x))

    def backward(self, x, y):
        p = self.forward(x)
        grad = d_log_loss(y, p)
        dWs, dbs = [], []
        for W, z, a, df in zip(self.Ws[::-1], self.zs[::-1], self.inputs[::-1], self.dfs[::-1]):
            grad = grad * df(z)
            dWs.insert(0, a.T @ grad)
            dbs.insert(0, grad.sum(axis=0, keepdims=True))
            grad = grad @ W.T
        return dWs, dbs

    def train(self, x, y, lr=0.3, epochs=100):
        for _ in range(epochs):
            dWs, dbs = self.backward(x, y)
            for i in range(len(self.Ws)):
                self.Ws[i] -= lr * dWs[i]
                self.bs[i] -= lr * dbs[i]


if __name__ == "__main__":
    rng = np.random.default_rng(41)
    x = rng.normal(size=(26, 4))
    y = np.column_stack([x[:, 0] > 0, x[:, 1] + x[:, 2] > 0, x[:, 3] > 0.3]).astype(float)
    net = MultiLabelNet([4, 6, 5, 3])
    net.train(x, y)
    print(net.loss(x, y))
