"""Minibatch softmax with momentum; cost and gradient are sums over the batch."""
import numpy as np

def one_hot(y, k):
    out = np.zeros((len(y), k)); out[np.arange(len(y)), y] = 1
    return out

def softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)

np.random.seed(3)
centers = np.array([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]])
y = np.random.randint(0, 3, 600)
X = centers[y] + np.random.randn(600, 2) * 0.6
T = one_hot(y, 3)

W1 = np.random.randn(2, 24) * np.sqrt(2 / 2)
b1 = np.zeros((1, 24))
W2 = np.random.randn(24, 3) * np.sqrt(2 / 24)
b2 = np.zeros((1, 3))
vW1, vb1, vW2, vb2 = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
lr, mu, batch = 0.3, 0.9, 100

for epoch in range(60):
    idx = np.random.permutation(600)
    for s in range(0, 600, batch):
        xb, tb = X[idx[s:s + batch]], T[idx[s:s + batch]]
        z1 = xb.dot(W1) + b1
        a1 = np.maximum(0, z1)
        p = softmax(a1.dot(W2) + b2)
        cost = -np.sum(tb * np.log(p + 1e-12))
        dz2 = p - tb
        dW2, db2 = a1.T.dot(dz2), dz2.sum(axis=0, keepdims=True)
        dz1 = dz2.dot(W2.T) * (z1 > 0)
        dW1, db1 = xb.T.dot(dz1), dz1.sum(axis=0, keepdims=True)
        vW1 = mu * vW1 - lr * dW1; W1 += vW1
        vb1 = mu * vb1 - lr * db1; b1 += vb1
        vW2 = mu * vW2 - lr * dW2; W2 += vW2
        vb2 = mu * vb2 - lr * db2; b2 += vb2
    if epoch % 10 == 0:
        print(epoch, cost / batch)
