import numpy as np

rng = np.random.default_rng(11)
X, Y = rng.normal(size=(3, 6)), rng.normal(size=(2, 6))
params = {"theta": rng.normal(size=4 * 3 + 4 + 2 * 4 + 2)}


def unpack(theta):
    W1 = theta[:12].reshape(4, 3)
    b1 = theta[12:16][:, None]
    W2 = theta[16:24].reshape((2, 4))
    b2 = theta[24:].reshape(-1, 1)
    return W1, b1, W2, b2


def loss(params):
    W1, b1, W2, b2 = unpack(params["theta"])
    A = np.empty((4, 6))
    np.matmul(W1, X, out=A)
    A += b1
    np.tanh(A, A)
    E = W2 @ A + b2 - Y
    return 0.5 * np.vdot(E, E) / 6


def gradients(params):
    W1, b1, W2, b2 = unpack(params["theta"])
    A = np.tanh(W1 @ X + b1)
    E = (W2 @ A + b2 - Y) / 6
    grad = np.zeros_like(params["theta"])
    dW1, db1, dW2, db2 = unpack(grad)
    dW2[:] = E @ A.T
    db2[...] = E.sum(1, keepdims=True)
    D = W2.T @ E * (1 - A**2)
    dW1[:, :] = D @ X.T
    db1 += D.sum(1, keepdims=True)
    return {"theta": grad}
