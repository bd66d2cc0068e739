"""A sine by two tanh layers and Adam."""
import numpy as np


class MLP:
    def __init__(self, sizes, rng):
        self.params = {}
        for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:])):
            self.params[f"W{i}"] = rng.normal(0, np.sqrt(1 / a), (a, b))
            self.params[f"b{i}"] = np.zeros(b)
        self.n = len(sizes) - 1

    def forward(self, x):
        self.acts = [x]
        for i in range(self.n):
            x = x @ self.params[f"W{i}"] + self.params[f"b{i}"]
            if i < self.n - 1:
                x = np.tanh(x)
            self.acts.append(x)
        return x

    def backward(self, d):
        grads = {}
        for i in reversed(range(self.n)):
            grads[f"W{i}"] = self.acts[i].T @ d
            grads[f"b{i}"] = d.sum(axis=0)
            if i:
                d = d @ self.params[f"W{i}"].T * (1 - self.acts[i] ** 2)
        return grads


class Adam:
    def __init__(self, params, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.b1, self.b2, self.eps, self.t = params, lr, beta1, beta2, eps, 0
        self.m = {k: np.zeros_like(v) for k, v in params.items()}
        self.v = {k: np.zeros_like(v) for k, v in params.items()}

    def step(self, grads):
        self.t += 1
        for k, g in grads.items():
            self.m[k] = self.b1 * self.m[k] + (1 - self.b1) * g
            self.v[k] = self.b2 * self.v[k] + (1 - self.b2) * g**2
            m, v = self.m[k] / (1 - self.b1**self.t), self.v[k] / (1 - self.b2**self.t)
            self.params[k] -= self.lr * m / (np.sqrt(v) + self.eps)


def main():
    rng = np.random.default_rng(0)
    X = np.linspace(-3, 3, 100)[:, None]
    Y = np.sin(X)
    net = MLP([1, 16, 16, 1], rng)
    opt = Adam(net.params)
    for epoch in range(1500):
        out = net.forward(X)
        loss = np.mean((out - Y) ** 2)
        opt.step(net.backward(2 * (out - Y) / len(X)))
        if epoch % 300 == 0:
            print(epoch, loss)


main()
