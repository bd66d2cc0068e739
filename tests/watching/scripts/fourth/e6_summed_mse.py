import numpy as np

def predict(X, w):
    return X @ w

np.random.seed(5)
X = np.hstack([np.random.randn(500, 3), np.ones((500, 1))])
y = X @ np.array([[1.0], [2.0], [-1.0], [0.5]]) + 0.1 * np.random.randn(500, 1)
w = np.zeros((4, 1))
lr = 0.05
for epoch in range(120):
    err = predict(X, w) - y
    loss = np.sum(err ** 2)
    grad = 2 * X.T @ err
    w = w - lr * grad
print(loss)
