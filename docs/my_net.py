"""A script as people write them: XOR with six hidden units. It does not learn; one line of it is wrong."""

import numpy as np

rng = np.random.default_rng(1)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)

W1 = rng.normal(size=(2, 6))
b1 = np.zeros(6)
W2 = rng.normal(size=(6, 1))
b2 = np.zeros(1)
rate = 0.5

for step in range(5000):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    P = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    loss = -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))
    if step % 1000 == 0:
        print(step, loss)

    d2 = (P - Y) / len(X)
    d1 = d2 @ W2.T * (1 - Z1**2)
    W2 -= rate * A1.T @ d2
    b2 -= rate * d2.sum(axis=0)
    W1 -= rate * X.T @ d1
    b1 -= rate * d1.sum(axis=0)

print(P.round(2))
