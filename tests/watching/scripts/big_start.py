# digits-like patterns, 3 layers of sigmoids, weights from np.random.randn * 20; nothing is learnt
import argparse

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.5)
parser.add_argument("--epochs", type=int, default=600)
args = parser.parse_args()

np.random.seed(0)
X = np.random.rand(150, 10)
target = (X[:, 0] + X[:, 1] > X[:, 2] + X[:, 3]).astype(float).reshape(-1, 1)

scale = 20
W1 = np.random.randn(10, 12) * scale
W2 = np.random.randn(12, 12) * scale
W3 = np.random.randn(12, 1) * 0.5


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


for epoch in range(args.epochs):
    a1 = sigmoid(X @ W1)
    a2 = sigmoid(a1 @ W2)
    a3 = sigmoid(a2 @ W3)
    error = a3 - target
    mse = np.mean(error**2)
    d3 = 2 * error * a3 * (1 - a3) / len(X)
    d2 = (d3 @ W3.T) * a2 * (1 - a2)
    d1 = (d2 @ W2.T) * a1 * (1 - a1)
    W3 -= args.lr * a2.T @ d3
    W2 -= args.lr * a1.T @ d2
    W1 -= args.lr * X.T @ d1
    if epoch % 100 == 0:
        print(epoch, mse)
