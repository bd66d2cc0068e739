import numpy as np

def init_params(dims, seed):
    rng = np.random.default_rng(seed)
    return [(rng.standard_normal((a, b)) / np.sqrt(a), np.zeros(b)) for a, b in zip(dims, dims[1:])]

def forward(params, X):
    acts = [X]
    for k, (W, b) in enumerate(params):
        z = acts[-1] @ W + b
        acts.append(np.tanh(z) if k < len(params) - 1 else 1 / (1 + np.exp(-z)))
    return acts

def loss_and_grads(params, X, y):
    acts = forward(params, X)
    p = np.clip(acts[-1], 1e-9, 1 - 1e-9)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    delta = (acts[-1] - y) / len(X)
    grads = []
    for k in range(len(params) - 1, -1, -1):
        grads.insert(0, (acts[k].T @ delta, delta.sum(axis=0)))
        if k:
            delta = delta @ params[k][0].T * (1 - acts[k] ** 2)
    return loss, grads

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (300, 2))
y = (np.hypot(X[:, 0], X[:, 1]) < 0.7).astype(float)[:, None]
params = init_params([2, 12, 1], 3)
m = [[np.zeros_like(q) for q in pair] for pair in params]
v = [[np.zeros_like(q) for q in pair] for pair in params]
for t in range(1, 801):
    loss, grads = loss_and_grads(params, X, y)
    for i, pair in enumerate(grads):
        for j, g in enumerate(pair):
            m[i][j] = 0.9 * m[i][j] + 0.1 * g
            v[i][j] = 0.999 * v[i][j] + 0.001 * g * g
            params[i][j][...] -= 0.02 * (m[i][j] / (1 - 0.9 ** t)) / (np.sqrt(v[i][j] / (1 - 0.999 ** t)) + 1e-8)
print(loss)
