import numpy as np
rng = np.random.default_rng(2)
X = np.vstack([rng.normal(-40, 3, (50, 2)), rng.normal(40, 3, (50, 2))]); y = np.r_[np.zeros(50), np.ones(50)]
w = rng.normal(size=2); b = 0.0
for i in range(200):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    p = np.clip(p, 1e-7, 1 - 1e-7)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    g = (p - y) / 100
    w -= 0.1 * X.T @ g; b -= 0.1 * g.sum()
print(loss)
