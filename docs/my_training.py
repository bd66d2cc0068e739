"""A training script as people write them: a flower of two classes, four ReLU units. Its loss turns into nan."""

import numpy as np

np.random.seed(1)
angle = np.linspace(0, 2 * np.pi, 400)
Y = (np.arange(400) >= 200).astype(float).reshape(1, 400)
radius = 6 * np.sin(4 * angle) + np.random.randn(400) * 0.2
X = np.vstack([radius * np.sin(angle + np.random.randn(400) * 0.2), radius * np.cos(angle)])

W1 = np.random.randn(4, 2)
b1 = np.zeros((4, 1))
W2 = np.random.randn(1, 4) * 0.7
b2 = np.zeros((1, 1))
learning_rate = 3.0

for i in range(3000):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    if i % 500 == 0:
        print(i, cost)

    dZ2 = (A2 - Y) / 400
    dZ1 = W2.T @ dZ2 * (Z1 > 0)
    W2 -= learning_rate * dZ2 @ A1.T
    b2 -= learning_rate * dZ2.sum(axis=1, keepdims=True)
    W1 -= learning_rate * dZ1 @ X.T
    b1 -= learning_rate * dZ1.sum(axis=1, keepdims=True)
