import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    xc = x - mu
    var = np.mean(xc ** 2, axis=0)
    std = np.sqrt(var + eps)
    xn = xc / std
    out = gamma * xn + beta
    return out, (xc, std, xn, gamma)


def batchnorm_backward(dout, cache):
    xc, std, xn, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(xn * dout, axis=0)
    dxn = gamma * dout
    dxc = dxn / std
    dstd = -np.sum((dxn * xc) / (std * std), axis=0)
    dvar = 0.5 * dstd / std
    dxc += (2.0 / N) * xc * dvar
    dmu = np.sum(dxc, axis=0)
    dx = dxc - dmu / N
    return dx, dgamma, dbeta


class BatchNormClassifier:
    def __init__(self, D, H, C, seed=6):
        r = np.random.default_rng(seed)
        self.params = {}
        self.params['W1'] = r.normal(scale=0.6, size=(D, H))
        self.params['gamma'] = r.uniform(0.5, 1.5, H)
        self.params['beta'] = r.normal(scale=0.1, size=H)
        self.params['W2'] = r.normal(scale=0.6, size=(H, C))
        self.params['b2'] = np.zeros(C)

    def loss(self, X, y=None):
        p = self.params
        z1 = X.dot(p['W1'])
        bn, cache = batchnorm_forward(z1, p['gamma'], p['beta'])
        h = np.maximum(bn, 0)
        scores = h.dot(p['W2']) + p['b2']
        if y is None:
            return scores

        N = X.shape[0]
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        loss = -np.sum(log_probs[np.arange(N), y]) / N

        grads = {}
        dscores = np.exp(log_probs)
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads['W2'] = h.T.dot(dscores)
        grads['b2'] = dscores.sum(axis=0)
        dh = dscores.dot(p['W2'].T)
        dbn = dh * (bn > 0)
        dz1, grads['gamma'], grads['beta'] = batchnorm_backward(dbn, cache)
        grads['W1'] = X.T.dot(dz1)
        return loss, grads


def train(model, X, y, lr=0.3, steps=60):
    for it in range(steps):
        loss, grads = model.loss(X, y)
        for name in model.params:
            model.params[name] -= lr * grads[name]
        if it % 20 == 0:
            print(it, loss)


r = np.random.default_rng(13)
X = r.normal(loc=2.0, scale=3.0, size=(32, 4))
y = (X[:, 0] > 2).astype(int) + (X[:, 1] > 2).astype(int)
model = BatchNormClassifier(4, 6, 3)
train(model, X, y)
