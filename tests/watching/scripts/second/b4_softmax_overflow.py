import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(150, 4)); t = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
T = np.eye(3)[t]
W = rng.normal(size=(4, 3)) * 400
b = np.zeros(3)
lr = 0.1
for k in range(300):
    S = X @ W + b
    P = np.exp(S) / np.sum(np.exp(S), axis=1, keepdims=True)
    loss = -np.sum(T * np.log(P)) / len(X)
    G = (P - T) / len(X)
    W -= lr * X.T @ G
    b -= lr * G.sum(axis=0)
    if k % 50 == 0: print(k, loss)
