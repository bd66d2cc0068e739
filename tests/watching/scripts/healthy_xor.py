import numpy as np

np.random.seed(1)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
W1 = np.random.randn(2, 8)
b1 = np.zeros((1, 8))
W2 = np.random.randn(8, 1)
b2 = np.zeros((1, 1))
for i in range(4000):
    h = np.tanh(X @ W1 + b1)
    out = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = np.mean((out - y) ** 2)
    d_out = 2 * (out - y) / y.size * out * (1 - out)
    d_h = d_out @ W2.T * (1 - h**2)
    W2 -= 0.5 * h.T @ d_out
    b2 -= 0.5 * d_out.sum(axis=0, keepdims=True)
    W1 -= 0.5 * X.T @ d_h
    b1 -= 0.5 * d_h.sum(axis=0, keepdims=True)
print(out.round(3).ravel())
