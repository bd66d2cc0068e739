import numpy as np

np.random.seed(3)
T, d, dk, classes, N = 6, 5, 4, 3, 12
X = np.random.randn(N, T, d)
y = np.random.randint(0, classes, N)

Wq = np.random.randn(d, dk) * 0.3
Wk = np.random.randn(d, dk) * 0.3
Wv = np.random.randn(d, dk) * 0.3
Wo = np.random.randn(dk, classes) * 0.3
lr = 0.2


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


losses = []
for it in range(100):
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    S = Q @ K.transpose(0, 2, 1) / np.sqrt(dk)
    A = softmax(S)
    H = A @ V
    pooled = H.mean(axis=1)
    P = softmax(pooled @ Wo)
    losses.append(-np.log(P[np.arange(N), y]).mean())

    dlogits = P.copy()
    dlogits[np.arange(N), y] -= 1
    dlogits /= N
    dWo = pooled.T @ dlogits
    dpooled = dlogits @ Wo.T
    dH = np.repeat(dpooled[:, None, :], T, axis=1) / T
    dA = dH @ V.transpose(0, 2, 1)
    dV = A.transpose(0, 2, 1) @ dH
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True))
    dS /= np.sqrt(dk)
    dQ = dS @ K
    dK = dS.transpose(0, 2, 1) @ Q
    dWq = np.einsum('ntd,ntk->dk', X, dQ)
    dWk = np.einsum('ntd,ntk->dk', X, dK)
    dWv = np.einsum('ntd,ntk->dk', X, dV)
    for W, g in ((Wq, dWq), (Wk, dWk), (Wv, dWv), (Wo, dWo)):
        W -= lr * g
print(losses[0], losses[-1])
