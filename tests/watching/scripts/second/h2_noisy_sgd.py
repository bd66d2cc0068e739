import numpy as np
rng = np.random.default_rng(7)
X = rng.normal(size=(1000, 20)); beta = rng.normal(size=20); y = (1 / (1 + np.exp(-X @ beta)) > rng.uniform(size=1000)).astype(float)
w = np.zeros(20); lr = 0.05
for epoch in range(5):
    for i in rng.permutation(1000):
        p = 1 / (1 + np.exp(-X[i] @ w))
        loss = -(y[i] * np.log(p) + (1 - y[i]) * np.log(1 - p))
        w -= lr * (p - y[i]) * X[i]
print("accuracy", np.mean((X @ w > 0) == y))
