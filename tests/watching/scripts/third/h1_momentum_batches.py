import numpy as np

rng = np.random.default_rng(21)
centers = np.array([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]])
labels = rng.integers(0, 3, 300)
X = centers[labels] + rng.normal(size=(300, 2)) * 0.4
T = np.eye(3)[labels]
params = {"W1": rng.normal(size=(2, 16)), "b1": np.zeros(16), "W2": rng.normal(size=(16, 3)) * 0.25, "b2": np.zeros(3)}
velocity = {k: np.zeros_like(v) for k, v in params.items()}
lr, beta = 0.05, 0.9
for epoch in range(40):
    order = rng.permutation(300)
    for s in range(0, 300, 30):
        xb, tb = X[order[s:s + 30]], T[order[s:s + 30]]
        h = np.tanh(xb @ params["W1"] + params["b1"])
        z = h @ params["W2"] + params["b2"]
        z = z - z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(xb)), tb.argmax(1)]).mean()
        d = (p - tb) / len(xb)
        grads = {"W2": h.T @ d, "b2": d.sum(0)}
        dh = d @ params["W2"].T * (1 - h * h)
        grads["W1"], grads["b1"] = xb.T @ dh, dh.sum(0)
        for k in params:
            velocity[k] = beta * velocity[k] + grads[k]
            params[k] -= lr * velocity[k]
print(loss)
