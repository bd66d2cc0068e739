import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(200, 3))
y = (X @ np.array([[1.0], [-2.0], [0.5]]) + 0.3) + 0.05 * rng.normal(size=(200, 1))
w = np.zeros((3, 1))
b = 0.0
lr = 1.1
for epoch in range(300):
    yhat = X @ w + b
    err = yhat - y
    loss = (err ** 2).mean()
    if epoch % 50 == 0:
        print(f"epoch {epoch} loss {loss:.4f}")
    w = w - lr * 2 * X.T @ err / len(X)
    b = b - lr * 2 * err.mean()
