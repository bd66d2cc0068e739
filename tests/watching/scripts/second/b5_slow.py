import numpy as np
rng = np.random.default_rng(5)
x = np.linspace(0, 1, 60).reshape(-1, 1); y = np.sin(6 * x)
W1 = rng.normal(0, 1, (1, 10)); b1 = rng.normal(0, 1, 10); W2 = rng.normal(0, 0.3, (10, 1)); b2 = np.zeros(1)
learning_rate = 1e-5
for step in range(3000):
    h = np.tanh(x @ W1 + b1); o = h @ W2 + b2
    loss = np.mean((o - y) ** 2)
    do = 2 * (o - y) / len(x); dh = do @ W2.T * (1 - h * h)
    W2 = W2 - learning_rate * h.T @ do; b2 = b2 - learning_rate * do.sum(0)
    W1 = W1 - learning_rate * x.T @ dh; b1 = b1 - learning_rate * dh.sum(0)
print(loss)
