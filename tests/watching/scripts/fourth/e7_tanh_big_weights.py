import numpy as np

class MLP:
    def __init__(self, sizes, seed=0):
        rng = np.random.default_rng(seed)
        self.layers = [[rng.normal(0, 5.0, (a, b)), np.zeros(b)] for a, b in zip(sizes, sizes[1:])]

    def forward(self, x):
        self.acts = [x]
        for W, b in self.layers[:-1]:
            self.acts.append(np.tanh(self.acts[-1] @ W + b))
        W, b = self.layers[-1]
        return self.acts[-1] @ W + b

    def train_step(self, x, y, lr):
        out = self.forward(x)
        delta = (out - y) / len(x)
        for i in range(len(self.layers) - 1, -1, -1):
            W, b = self.layers[i]
            gW, gb = self.acts[i].T @ delta, delta.sum(axis=0)
            if i > 0:
                delta = (delta @ W.T) * (1 - self.acts[i] ** 2)
            self.layers[i][0] = W - lr * gW
            self.layers[i][1] = b - lr * gb
        return 0.5 * np.mean((out - y) ** 2)

x = np.linspace(-1, 1, 60)[:, None]
y = np.sin(3 * x)
net = MLP([1, 16, 16, 1])
for i in range(800):
    loss = net.train_step(x, y, 0.01)
print(loss)
