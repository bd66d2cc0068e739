import numpy as np

np.random.seed(0)
N, D = 128, 16
x = np.random.randn(N, D)
y = np.sin(x[:, [0]]) + 0.5 * x[:, [1]]

sizes = [D, 64, 64, 64, 64, 1]
params = {}
for l in range(1, len(sizes)):
    params["W%d" % l] = np.random.randn(sizes[l - 1], sizes[l])
    params["b%d" % l] = np.zeros(sizes[l])
L = len(sizes) - 1

for it in range(400):
    a, cache = x, [x]
    for l in range(1, L):
        a = np.maximum(a @ params["W%d" % l] + params["b%d" % l], 0)
        cache.append(a)
    out = a @ params["W%d" % L] + params["b%d" % L]
    loss = 0.5 * np.mean((out - y) ** 2)
    d = (out - y) / N
    grads = {}
    for l in range(L, 0, -1):
        grads["W%d" % l] = cache[l - 1].T @ d
        grads["b%d" % l] = d.sum(axis=0)
        if l > 1:
            d = (d @ params["W%d" % l].T) * (cache[l - 1] > 0)
    for key in params:
        params[key] -= 0.01 * grads[key]
    if it % 50 == 0:
        print(it, loss)
