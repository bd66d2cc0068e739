"""Integers up to 20, three classes by their sum, mini-batches of 10; the loss stays near ln 3 or is nan."""

import numpy as np

features, hidden, outputs_num = 3, 8, 3
epochs, batch_size = 20, 10
alpha = 0.5  # Learning rate

rng = np.random.default_rng(2)
X = rng.integers(low=0, high=21, size=(100, features)).astype(float)
labels = np.digitize(X.sum(axis=1), [25, 36])
Y = np.eye(outputs_num)[labels]


def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


w1 = rng.normal(size=(features, hidden))
b1 = np.zeros(hidden)
w2 = rng.normal(size=(hidden, outputs_num))
b2 = np.zeros(outputs_num)

for epoch in range(epochs):
    order = rng.permutation(len(X))
    total = 0.0
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        xb, yb = X[rows], Y[rows]
        z1 = xb @ w1 + b1
        h = np.maximum(z1, 0)
        p = softmax(h @ w2 + b2)
        loss = -np.mean(np.sum(yb * np.log(p), axis=1))
        total += loss
        dz2 = (p - yb) / len(xb)
        dw2 = h.T @ dz2
        db2 = dz2.sum(axis=0)
        dz1 = (dz2 @ w2.T) * (z1 > 0)
        dw1 = xb.T @ dz1
        db1 = dz1.sum(axis=0)
        w1 -= alpha * dw1
        b1 -= alpha * db1
        w2 -= alpha * dw2
        b2 -= alpha * db2
    print("epoch", epoch, "loss", total / 10)
