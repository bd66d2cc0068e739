"""Gradient descent of a net with the bias inside the weights. Garbage nan values on the real data."""
import numpy as np


def add_bias(A, value=1.0):
    return np.hstack([np.full((A.shape[0], 1), value), A])


class Net:
    def __init__(self, sizes, seed=0):
        r = np.random.default_rng(seed)
        self.W = [r.normal(0, np.sqrt(1 / m), (m + 1, n)) for m, n in zip(sizes[:-1], sizes[1:])]

    def forward_pass(self, X):
        Z_vals, A_vals = [X], []
        for k, W in enumerate(self.W):
            A_vals.append(np.matmul(add_bias(Z_vals[-1]), W))
            last = k == len(self.W) - 1
            Z_vals.append(A_vals[-1] if last else np.tanh(A_vals[-1]))
        return A_vals, Z_vals

    def backward_pass(self, A_vals, Z_vals, dLdyhat):
        delta = dLdyhat
        grads = [None] * len(self.W)
        for k in reversed(range(len(self.W))):
            inputs = add_bias(Z_vals[k], 0.0 if k == 0 else 1.0)
            grads[k] = inputs.T @ delta
            if k > 0:
                delta = (delta @ self.W[k][1:].T) * (1 - np.tanh(A_vals[k - 1]) ** 2)
        return grads

    def update(self, grads, lr):
        for k in range(len(self.W)):
            self.W[k] = self.W[k] - lr * grads[k]


rng = np.random.default_rng(5)
X = rng.uniform(-1, 1, (60, 2))
y = X[:, :1] * 2 - X[:, 1:] + 0.5
net = Net([2, 6, 1])
for step in range(400):
    A_vals, Z_vals = net.forward_pass(X)
    loss = 0.5 * np.sum((Z_vals[-1] - y) ** 2)
    grads = net.backward_pass(A_vals, Z_vals, Z_vals[-1] - y)
    net.update(grads, 0.005)
print("loss", loss)
