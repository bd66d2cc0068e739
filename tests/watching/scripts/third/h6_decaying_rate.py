import numpy as np
np.random.seed(9)
X = np.random.randn(200, 4)
true_w = np.array([[1.5], [-2.0], [0.7], [0.1]])
Y = X @ true_w + 0.2 + 0.05 * np.random.randn(200, 1)
W = np.zeros((4, 1)); b = 0.0
lr0, decay = 0.1, 0.01
for epoch in range(300):
    lr = lr0 / (1 + decay * epoch)
    Y_hat = X.dot(W) + b
    J = np.sum((Y_hat - Y) ** 2) / (2 * len(X))
    dW = X.T.dot(Y_hat - Y) / len(X)
    db = np.sum(Y_hat - Y) / len(X)
    W = W - lr * dW
    b = b - lr * db
print(W.ravel(), b, J)
