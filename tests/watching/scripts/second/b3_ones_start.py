import numpy as np
def init(sizes):
    return [{"W": np.ones((a, b)), "b": np.zeros(b)} for a, b in zip(sizes, sizes[1:])]
def relu(x): return np.maximum(0, x)
def fit(layers, X, y, lr, epochs):
    for e in range(epochs):
        acts = [X]
        for k, l in enumerate(layers):
            z = acts[-1] @ l["W"] + l["b"]
            acts.append(relu(z) if k < len(layers) - 1 else z)
        loss = np.mean((acts[-1] - y) ** 2)
        d = 2 * (acts[-1] - y) / len(X)
        for k in range(len(layers) - 1, -1, -1):
            l = layers[k]
            dW, db = acts[k].T @ d, d.sum(axis=0)
            if k: d = d @ l["W"].T * (acts[k] > 0)
            l["W"] -= lr * dW
            l["b"] -= lr * db
        if e % 200 == 0: print(e, loss)
rng = np.random.default_rng(9)
X = rng.uniform(-1, 1, (100, 2))
y = np.abs(X[:, :1]) - np.abs(X[:, 1:])
fit(init([2, 8, 1]), X, y, 0.02, 1500)
