import numpy as np

rng = np.random.default_rng(8)
N = 256
theta = rng.uniform(0, 2 * np.pi, N)
r = np.where(rng.random(N) < 0.5, 0.6, 1.4)
X = np.stack([r * np.cos(theta), r * np.sin(theta)], axis=1) + rng.normal(size=(N, 2)) * 0.05
y = (r > 1).astype(float)[:, None]
n_epochs = 8
batch_size = 64
lr = 0.3
W1 = rng.normal(size=(2, 10)); b1 = np.zeros(10)
W2 = rng.normal(size=(10, 1)) * 0.3; b2 = np.zeros(1)
for epoch in range(n_epochs):
    for k in range(0, N, batch_size):
        xb, yb = X[k:k + batch_size], y[k:k + batch_size]
        h = np.tanh(xb @ W1 + b1)
        p = 1 / (1 + np.exp(-(h @ W2 + b2)))
        loss = -np.mean(yb * np.log(p) + (1 - yb) * np.log(1 - p))
        d = (p - yb) / len(xb)
        dW2 = h.T @ d; db2 = d.sum(0)
        dh = (d @ W2.T) * (1 - h * h)
        W2 -= lr * dW2; b2 -= lr * db2
        W1 -= lr * (xb.T @ dh); b1 -= lr * dh.sum(0)
    print(epoch, loss)
