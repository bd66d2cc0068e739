import numpy as np
rng = np.random.default_rng(11)
sizes = [2, 32, 32, 1]
Ws = [rng.normal(0, np.sqrt(2 / a), (a, b)) for a, b in zip(sizes, sizes[1:])]; bs = [np.zeros(b) for b in sizes[1:]]
X = rng.uniform(-2, 2, (300, 2)); y = np.sin(X[:, :1]) * X[:, 1:]
mW = [np.zeros_like(W) for W in Ws]; mb = [np.zeros_like(b) for b in bs]
for t in range(1500):
    a = [X]
    for i, (W, b) in enumerate(zip(Ws, bs)):
        z = a[-1] @ W + b
        a.append(np.maximum(z, 0) if i < 2 else z)
    loss = np.mean((a[-1] - y) ** 2) / 2
    d = (a[-1] - y) / len(X)
    for i in (2, 1, 0):
        gW, gb = a[i].T @ d, d.sum(axis=0)
        if i > 0: d = (d @ Ws[i].T) * (a[i] > 0)
        mW[i] = 0.9 * mW[i] + gW; mb[i] = 0.9 * mb[i] + gb
        Ws[i] -= 0.02 * mW[i]; bs[i] -= 0.02 * mb[i]
print(loss)
