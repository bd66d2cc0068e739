import numpy as np
np.random.seed(4)
X = np.random.randn(500, 3); w_true = np.array([1.0, -2.0, 0.5]); y = X @ w_true + 0.1 * np.random.randn(500)
w = np.zeros(3)
eta = 0.01
for i in range(400):
    pred = X @ w
    cost = np.sum((pred - y) ** 2)
    grad = 2 * X.T @ (pred - y)
    w = w - eta * grad
print(cost, w)
