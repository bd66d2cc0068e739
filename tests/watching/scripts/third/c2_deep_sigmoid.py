import numpy as np

class SigmoidLayer:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.out = 1.0 / (1.0 + np.exp(-(x @ self.W + self.b)))
        return self.out

    def backward(self, grad):
        delta = grad * self.out * (1.0 - self.out)
        self.dW = self.x.T @ delta
        self.db = delta.sum(axis=0)
        return delta @ self.W.T

    def step(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db

rng = np.random.default_rng(11)
X = rng.normal(size=(200, 2))
y = (X[:, :1] * X[:, 1:] > 0).astype(float)

widths = [2, 10, 10, 10, 10, 10, 10, 1]
layers = [SigmoidLayer(a, b, rng) for a, b in zip(widths[:-1], widths[1:])]
learning_rate = 0.5

for epoch in range(1500):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - y) ** 2)
    grad = 2 * (out - y) / len(X)
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers:
        layer.step(learning_rate)
    if epoch % 300 == 0:
        print("epoch %d loss %.5f" % (epoch, loss))
