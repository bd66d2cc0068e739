import numpy as np

np.random.seed(3)
F = 4
K = np.random.randn(F, 3, 3) / 3      # filters
kb = np.zeros(F)
W = np.random.randn(F * 6, 3) / 4     # dense
b = np.zeros(3)


def conv_forward(img):
    h, w = img.shape
    out = np.zeros((F, h - 2, w - 2))
    for f in range(F):
        for r in range(h - 2):
            for c in range(w - 2):
                out[f, r, c] = np.sum(img[r:r + 3, c:c + 3] * K[f]) + kb[f]
    return out


def conv_backward(img, dout):
    dK = np.zeros_like(K)
    dkb = np.zeros_like(kb)
    _, hh, ww = dout.shape
    for f in range(F):
        for r in range(hh):
            for c in range(ww):
                dK[f] += dout[f, r, c] * img[r:r + 3, c:c + 3]
                dkb[f] += dout[f, r, c]
    return dK, dkb


def pool_forward(x):
    f, h, w = x.shape
    out = np.zeros((f, h // 2, w // 2))
    for k in range(f):
        for r in range(h // 2):
            for c in range(w // 2):
                out[k, r, c] = np.max(x[k, 2 * r:2 * r + 2, 2 * c:2 * c + 2])
    return out


def pool_backward(x, dout):
    dx = np.zeros(x.shape)
    f, h, w = dout.shape
    for k in range(f):
        for r in range(h):
            for c in range(w):
                patch = x[k, 2 * r:2 * r + 2, 2 * c:2 * c + 2]
                i, j = np.unravel_index(np.argmax(patch), patch.shape)
                dx[k, 2 * r + i, 2 * c + j] = dout[k, r, c]
    return dx


def forward(img):
    z = conv_forward(img)
    p = pool_forward(z)
    a = np.tanh(p)
    flat = a.reshape(-1)
    s = flat @ W + b
    e = np.exp(s - s.max())
    return z, p, a, flat, e / e.sum()


def cross_entropy(probs, label):
    return -np.log(probs[label])


def backward(img, label, z, p, a, flat, probs):
    ds = probs.copy()
    ds[label] -= 1
    dW = np.outer(flat, ds)
    db = ds
    dflat = W @ ds
    da = dflat.reshape(a.shape)
    dp = da * (1 - a ** 2)
    dz = pool_backward(z, dp)
    dK, dkb = conv_backward(img, dz)
    return dK, dkb, dW, db


def main():
    global K, kb, W, b
    images = np.random.rand(12, 8, 6)
    labels = np.random.randint(0, 3, 12)
    lr = 0.05
    for epoch in range(2):
        total = 0
        for img, label in zip(images, labels):
            z, p, a, flat, probs = forward(img)
            total += cross_entropy(probs, label)
            dK, dkb, dW, db = backward(img, label, z, p, a, flat, probs)
            K = K - lr * dK
            kb = kb - lr * dkb
            W = W - lr * dW
            b = b - lr * db
        print("epoch", epoch, "loss", total / len(images))


if __name__ == "__main__":
    main()
