import numpy as np

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (256, 2))
Y = (X[:, :1] * X[:, 1:] > 0).astype(float)


class Layer:
    def __init__(self, i, o, act):
        self.W = rng.normal(0, np.sqrt(2 / (i + o)), (i, o))
        self.b = np.zeros((1, o))
        self.act = act

    def __call__(self, x):
        self.x = x
        z = x @ self.W + self.b
        self.a = np.tanh(z) if self.act == "tanh" else 1 / (1 + np.exp(-z))
        return self.a

    def back(self, d, lr):
        d = d * (1 - self.a ** 2) if self.act == "tanh" else d
        prev = d @ self.W.T
        self.W -= lr * self.x.T @ d
        self.b -= lr * d.sum(0, keepdims=True)
        return prev


net = [Layer(2, 10, "tanh"), Layer(10, 10, "tanh"), Layer(10, 1, "sigmoid")]
EPOCHS = 60
for ep in range(EPOCHS):
    a = X
    for layer in net:
        a = layer(a)
    loss = -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a))
    d = (a - Y) / len(X)
    for layer in reversed(net):
        d = layer.back(d, 0.5)
print(loss, np.mean((a > 0.5) == Y))
