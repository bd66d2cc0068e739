# two moons, tanh hidden layer; it doesn't learn well
import numpy as np

rng = np.random.default_rng(0)
t = rng.uniform(0, np.pi, 120)
up = np.c_[np.cos(t), np.sin(t)]
down = np.c_[1 - np.cos(t), 0.4 - np.sin(t)]
X = np.vstack([up, down]) + rng.normal(0, 0.1, (240, 2))
y = np.r_[np.zeros(120), np.ones(120)][:, None]

params = {
    "W1": rng.normal(0, 1.0, (2, 5)),
    "b1": np.zeros((1, 5)),
    "W2": rng.normal(0, 1.0, (5, 1)),
    "b2": np.zeros((1, 1)),
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(X, p):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.tanh(z1)
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    return z1, a1, a2


def loss_fn(a2, y):
    return float(np.mean(-y * np.log(a2 + 1e-12) - (1 - y) * np.log(1 - a2 + 1e-12)))


def backward(X, y, p, cache):
    z1, a1, a2 = cache
    n = len(X)
    dz2 = (a2 - y) / n
    dz1 = dz2 @ p["W2"].T * (1 - np.tanh(a1) ** 2)
    return {"W2": a1.T @ dz2, "b2": dz2.sum(0, keepdims=True), "W1": X.T @ dz1, "b1": dz1.sum(0, keepdims=True)}


def train(X, y, p, lr=0.5, n_iter=1500):
    for i in range(n_iter):
        cache = forward(X, p)
        loss = loss_fn(cache[2], y)
        grads = backward(X, y, p, cache)
        for key in p:
            p[key] -= lr * grads[key]
        if i % 300 == 0:
            print(f"{i:5d} {loss:.4f}")
    return p


train(X, y, params)
