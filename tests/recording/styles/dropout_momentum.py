import numpy as np

np.random.seed(10)
X, Y = np.random.randn(9, 4), np.random.randint(0, 3, 9)
params = {"W1": np.random.randn(4, 6) * 0.5, "W2": np.random.randn(6, 3)}
velocity = {name: np.zeros(value.shape) for name, value in params.items()}
mask = (np.random.rand(9, 6) < 0.7) / 0.7


def forward(params):
    Z = X @ params["W1"]
    A = Z * (Z > 0)
    A *= mask
    scores = A @ params["W2"]
    scores -= np.max(scores, axis=1)[:, None]
    return Z, A, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def loss(params):
    _, _, logp = forward(params)
    return -logp[range(len(Y)), Y].sum() / len(Y)


def gradients(params):
    Z, A, logp = forward(params)
    d = np.exp(logp)
    d[range(len(Y)), Y] -= 1
    d /= len(Y)
    grads = {"W2": A.T @ d}
    dA = d @ params["W2"].T * mask
    dA[Z <= 0] = 0
    grads["W1"] = X.T @ dA
    for name in params:
        velocity[name] = 0.9 * velocity[name] + grads[name]
    return grads
