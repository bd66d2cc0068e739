"""Logistic regression by hand, sample after sample; the loss is nan from some epoch on."""
import numpy as np

np.random.seed(7)
n = 120
data = np.random.randn(n, 3) * np.array([4.0, 3.0, 5.0])
labels = (data @ np.array([1.0, -2.0, 0.5]) + 0.3 > 0).astype(float)

w = np.zeros(3)
b = 0.0
lr = 5.0

for epoch in range(30):
    total = 0.0
    for x, t in zip(data, labels):
        z = np.dot(w, x) + b
        p = 1.0 / (1.0 + np.exp(-z))
        loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        total += loss
        w = w - lr * (p - t) * x
        b = b - lr * (p - t)
    print("epoch", epoch, "loss", total / n)
