import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def leaky_forward(x, slope=0.1):
    out = np.where(x > 0, x, slope * x)
    return out, (x, slope)


def leaky_backward(dout, cache):
    x, slope = cache
    dx = np.where(x > 0, dout, slope * dout)
    return dx


def dropout_forward(x, p, rng):
    mask = (rng.rand(*x.shape) < p) / p
    return x * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


def svm_loss(scores, y):
    n = scores.shape[0]
    correct = scores[np.arange(n), y]
    margins = np.maximum(0, scores - correct[:, None] + 1.0)
    margins[np.arange(n), y] = 0
    loss = margins.sum() / n
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(scores)
    dx[margins > 0] = 1
    dx[np.arange(n), y] -= num_pos
    dx /= n
    return loss, dx


def sgd_momentum(w, dw, v, lr=0.05, mu=0.9):
    v = mu * v - lr * dw
    return w + v, v


def train_step(model, velocity, x, y, rng, keep=0.8):
    a1, fc1 = affine_forward(x, model["w1"], model["b1"])
    h1, act1 = leaky_forward(a1)
    d1, drop1 = dropout_forward(h1, keep, rng)
    scores, fc2 = affine_forward(d1, model["w2"], model["b2"])
    loss, dscores = svm_loss(scores, y)

    grads = {}
    dd1, grads["w2"], grads["b2"] = affine_backward(dscores, fc2)
    dh1 = dropout_backward(dd1, drop1)
    da1 = leaky_backward(dh1, act1)
    dx, grads["w1"], grads["b1"] = affine_backward(da1, fc1)
    for k in model:
        model[k], velocity[k] = sgd_momentum(model[k], grads[k], velocity[k])
    return loss


if __name__ == "__main__":
    r = np.random.RandomState(231)
    images = r.randn(30, 2, 3)
    labels = r.randint(0, 4, 30)
    model = {"w1": r.randn(6, 8) * 0.4, "b1": np.zeros(8), "w2": r.randn(8, 4) * 0.4, "b2": np.zeros(4)}
    velocity = {k: np.zeros_like(v) for k, v in model.items()}
    for epoch in range(50):
        loss = train_step(model, velocity, images, labels, r)
        if epoch % 10 == 0:
            print(epoch, loss)
