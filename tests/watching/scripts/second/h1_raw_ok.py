import numpy as np
rng = np.random.default_rng(0)
X = rng.uniform(0, 10, (100, 1)); Y = 3 * X + 5 + rng.normal(size=(100, 1))
w, b = np.zeros((1, 1)), np.zeros(1)
for i in range(5000):
    e = X @ w + b - Y
    loss = np.mean(e ** 2)
    w -= 0.01 * 2 * X.T @ e / 100
    b -= 0.01 * 2 * e.mean(axis=0)
print(w, b, loss)
