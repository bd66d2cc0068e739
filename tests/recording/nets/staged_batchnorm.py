import numpy as np

# two layers, batch normalisation in between, every step of it by hand

rng = np.random.RandomState(17)
X = rng.uniform(-1, 1, (24, 3)) * [1.0, 5.0, 0.2]
T = (X[:, :1] * X[:, 1:2] > 0).astype(float)

W = rng.randn(3, 6) * 0.5
gamma = np.ones(6)
beta = np.zeros(6)
V = rng.randn(6, 1) * 0.5
c = np.zeros(1)
eps = 1e-5
rate = 0.3


def bn_forward(x, gamma, beta):
    N = x.shape[0]
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1.0 / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var)


def bn_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta


for epoch in range(100):
    z, cache = bn_forward(X @ W, gamma, beta)
    h = np.tanh(z)
    p = 1 / (1 + np.exp(-(h @ V + c)))
    loss = -np.mean(T * np.log(p) + (1 - T) * np.log(1 - p))
    if epoch % 20 == 0:
        print(epoch, loss)

    d_logit = (p - T) / len(X)
    dV = h.T @ d_logit
    dc = d_logit.sum(axis=0)
    dh = d_logit @ V.T
    dz = dh * (1 - h ** 2)
    du, dgamma, dbeta = bn_backward(dz, cache)
    dW = X.T @ du

    W -= rate * dW
    gamma -= rate * dgamma
    beta -= rate * dbeta
    V -= rate * dV
    c -= rate * dc
