import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
X = digits.data / 16.0
y = digits.target
n, d = X.shape
k = 10

W = np.zeros((d, k))
b = np.zeros(k)
lr = 0.5
batch_size = 64

for epoch in range(10):
    perm = np.random.permutation(n)
    for start in range(0, n, batch_size):
        idx = perm[start:start + batch_size]
        xb, yb = X[idx], y[idx]
        logits = xb @ W + b
        logits -= logits.max(axis=1, keepdims=True)
        e = np.exp(logits)
        p = e / e.sum(axis=1, keepdims=True)
        onehot = np.eye(k)[yb]
        g = (p - onehot) / len(xb)
        W -= lr * xb.T @ g
        b -= lr * g.sum(axis=0)
    acc = np.mean(np.argmax(X @ W + b, axis=1) == y)
    print(f"epoch {epoch}  acc {acc:.3f}")
