import numpy as np
np.random.seed(9)
sizes = [2, 8, 8, 8, 8, 8, 1]
def act(z): return 1 / (1 + np.exp(-z))
def dact(a): return a * (1 - a)
W = [np.random.randn(a, b) * np.sqrt(1 / a) for a, b in zip(sizes[:-1], sizes[1:])]
B = [np.zeros(b) for b in sizes[1:]]
X = np.random.rand(128, 2) * 2 - 1
y = ((X ** 2).sum(axis=1) < 0.6).astype(float)[:, None]
lr = 0.3
for epoch in range(4000):
    acts = [X]
    for w, b in zip(W[:-1], B[:-1]):
        acts.append(act(acts[-1] @ w + b))
    p = 1 / (1 + np.exp(-(acts[-1] @ W[-1] + B[-1])))
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    if epoch % 1000 == 0: print(loss)
    delta = (p - y) / len(X)
    for i in reversed(range(len(W))):
        gw, gb = acts[i].T @ delta, delta.sum(axis=0)
        if i: delta = delta @ W[i].T * dact(acts[i])
        W[i] -= lr * gw
        B[i] -= lr * gb
print(loss)
