# three blobs, softmax, mini-batches with momentum
import numpy as np

rng = np.random.default_rng(3)
centers = np.array([[0, 2], [2, -1], [-2, -1]])
X = np.vstack([rng.normal(c, 0.5, (60, 2)) for c in centers])
labels = np.repeat([0, 1, 2], 60)
T = np.eye(3)[labels]
W1, b1 = rng.normal(0, 0.5, (2, 10)), np.zeros(10)
W2, b2 = rng.normal(0, 0.5, (10, 3)), np.zeros(3)
velocity = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
learning_rate, momentum = 0.1, 0.9
for epoch in range(30):
    idx = rng.permutation(len(X))
    for k in range(0, len(X), 20):
        x, t = X[idx[k : k + 20]], T[idx[k : k + 20]]
        h = np.maximum(0, x @ W1 + b1)
        scores = h @ W2 + b2
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(x)), t.argmax(axis=1)]).mean()
        d = (p - t) / len(x)
        dh = d @ W2.T * (h > 0)
        grads = [x.T @ dh, dh.sum(0), h.T @ d, d.sum(0)]
        for param, v, g in zip((W1, b1, W2, b2), velocity, grads):
            v *= momentum
            v -= learning_rate * g
            param += v
print("accuracy", (np.argmax(np.maximum(0, X @ W1 + b1) @ W2 + b2, axis=1) == labels).mean())
