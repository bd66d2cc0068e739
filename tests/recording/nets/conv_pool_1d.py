import numpy as np


class Conv1D:
    def __init__(self, n_filters, width, rng):
        self.w = rng.randn(n_filters, width) * 0.5
        self.b = np.zeros(n_filters)
        self.width = width

    def forward(self, x):
        self.x = x
        n, length = x.shape
        out = np.zeros((n, len(self.w), length - self.width + 1))
        for t in range(out.shape[2]):
            out[:, :, t] = x[:, t:t + self.width] @ self.w.T + self.b
        return out

    def backward(self, dout):
        self.dw = np.zeros_like(self.w)
        for t in range(dout.shape[2]):
            self.dw += dout[:, :, t].T @ self.x[:, t:t + self.width]
        self.db = dout.sum(axis=(0, 2))


class MaxPool:
    def forward(self, x):
        n, f, length = x.shape
        self.shape = x.shape
        windows = x.reshape(n, f, length // 2, 2)
        out = windows.max(axis=3)
        self.mask = windows == out[:, :, :, None]
        return out

    def backward(self, dout):
        return (self.mask * dout[:, :, :, None]).reshape(self.shape)


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out ** 2)


class Linear:
    def __init__(self, n_in, n_out, rng):
        self.w = rng.randn(n_in, n_out) * 0.4
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.w + self.b

    def backward(self, dout):
        self.dw = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return (dout @ self.w.T).reshape(self.shape)


class CNN:
    def __init__(self, rng):
        self.conv = Conv1D(3, 3, rng)
        self.tanh = Tanh()
        self.pool = MaxPool()
        self.linear = Linear(3 * 4, 2, rng)

    def forward(self, x):
        return self.linear.forward(self.pool.forward(self.tanh.forward(self.conv.forward(x))))

    def train_batch(self, x, y, lr):
        out = self.forward(x)
        loss = np.sum((out - y) ** 2) / len(x)
        grad = 2 * (out - y) / len(x)
        grad = self.linear.backward(grad)
        grad = self.pool.backward(grad)
        grad = self.tanh.backward(grad)
        self.conv.backward(grad)
        for layer in (self.conv, self.linear):
            layer.w -= lr * layer.dw
            layer.b -= lr * layer.db
        return loss


if __name__ == "__main__":
    rng = np.random.RandomState(6)
    signals = rng.randn(20, 10)
    wanted = np.stack([signals[:, :5].sum(1), signals[:, 5:].max(1)], axis=1)
    net = CNN(rng)
    for step in range(60):
        loss = net.train_batch(signals, wanted, 0.02)
        if step % 20 == 0:
            print(step, loss)
