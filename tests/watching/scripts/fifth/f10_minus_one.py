import numpy as np
np.random.seed(0)
X = np.random.randn(300, 2)
Y = np.where(X[:, :1] + X[:, 1:] > 0, 1.0, -1.0)
W = np.random.randn(2, 6) * 0.5
V = np.random.randn(6, 1) * 0.5
c = np.zeros(6)
d = np.zeros(1)
for k in range(1500):
    H = np.tanh(X @ W + c)
    P = 1 / (1 + np.exp(-(H @ V + d)))
    L = -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))
    E = (P - Y) / len(X)
    D = E @ V.T * (1 - H ** 2)
    V -= 0.3 * H.T @ E
    d -= 0.3 * E.sum(0)
    W -= 0.3 * X.T @ D
    c -= 0.3 * D.sum(0)
print(L, np.mean((P > .5) == (Y > .5)))
