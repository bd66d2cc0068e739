"""Poisson regression with counts: exp of what grows."""
import numpy as np
np.random.seed(3)
X = np.random.randn(150, 2) * 3
counts = np.random.poisson(np.exp(0.3 * X[:, 0] - 0.2 * X[:, 1] + 0.5))
w = np.zeros(2); b = 0.0
lr = 0.5
for step in range(300):
    eta = X @ w + b
    mu = np.exp(eta)
    loss = np.mean(mu - counts * eta)
    w -= lr * X.T @ (mu - counts) / len(X)
    b -= lr * np.mean(mu - counts)
    if step % 50 == 0: print(step, loss)
