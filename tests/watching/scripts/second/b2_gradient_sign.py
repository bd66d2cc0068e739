import numpy as np
np.random.seed(0)
X = np.random.randn(3, 120)
Y = (X[0:1] + X[1:2] > 0).astype(float)
W1 = np.random.randn(5, 3) * 0.5; b1 = np.zeros((5, 1)); W2 = np.random.randn(1, 5) * 0.5; b2 = np.zeros((1, 1))
def sigmoid(z): return 1 / (1 + np.exp(-z))
m = X.shape[1]
alpha = 0.3
for it in range(800):
    Z1 = W1 @ X + b1; A1 = sigmoid(Z1); A2 = sigmoid(W2 @ A1 + b2)
    J = -(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).sum() / m
    dZ2 = Y - A2
    dW2 = dZ2 @ A1.T / m; db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * A1 * (1 - A1)
    dW1 = dZ1 @ X.T / m; db1 = dZ1.sum(axis=1, keepdims=True) / m
    W1 -= alpha * dW1; b1 -= alpha * db1; W2 -= alpha * dW2; b2 -= alpha * db2
    if it % 200 == 0: print(it, J)
