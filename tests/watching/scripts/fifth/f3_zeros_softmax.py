import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
X = digits.data / 16.0
T = np.eye(10)[digits.target]
np.random.seed(42)
W1 = np.zeros((64, 30))
b1 = np.zeros(30)
W2 = np.zeros((30, 10))
b2 = np.zeros(10)
batch = 64
lr = 0.2

def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

for epoch in range(20):
    idx = np.random.permutation(len(X))
    total = 0
    for s in range(0, len(X), batch):
        xb, tb = X[idx[s:s + batch]], T[idx[s:s + batch]]
        h = np.tanh(xb @ W1 + b1)
        p = softmax(h @ W2 + b2)
        loss = -np.sum(tb * np.log(p + 1e-10)) / len(xb)
        total += loss
        dz = (p - tb) / len(xb)
        dh = (dz @ W2.T) * (1 - h * h)
        W2 -= lr * h.T @ dz
        b2 -= lr * dz.sum(axis=0)
        W1 -= lr * xb.T @ dh
        b1 -= lr * dh.sum(axis=0)
    print(epoch, total / (len(X) // batch))
