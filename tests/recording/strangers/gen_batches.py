import csv
import numpy as np


def read_rows(path):
    with open(path) as handle:
        rows = list(csv.reader(handle))[1:]
    table = np.array(rows, dtype=float)
    return table[:, :-1], table[:, -1].astype(int)


def one_hot(labels, k):
    out = np.zeros((len(labels), k))
    for row, label in enumerate(labels):
        out[row][label] = 1
    return out


def minibatches(X, Y, size):
    order = np.random.permutation(len(X))
    for at in range(0, len(X), size):
        take = order[at:at + size]
        yield X[take].T, Y[take].T


def relu(z): return z * (z > 0)


def run(path='wine.csv', hidden=16, epochs=40, eta=0.05, lam=1e-3):
    X, labels = read_rows(path)
    X = (X - X.mean(0)) / (X.std(0) + 1e-9)
    k = labels.max() + 1
    Y = one_hot(labels, k)
    net = [
        [np.random.randn(hidden, X.shape[1]) * 0.3, np.zeros((hidden, 1))],
        [np.random.randn(k, hidden) * 0.3, np.zeros((k, 1))],
    ]
    for epoch in range(epochs):
        cost = 0
        for xb, yb in minibatches(X, Y, 10):
            m = xb.shape[1]
            a = [xb]
            for i, (W, b) in enumerate(net):
                z = W @ a[-1] + b
                if i < len(net) - 1:
                    a.append(relu(z))
                else:
                    e = np.exp(z - z.max(axis=0))
                    a.append(e / e.sum(axis=0))
            cost += -np.sum(yb * np.log(a[-1])) / m + 0.5 * lam * sum(np.sum(W ** 2) for W, _ in net)
            d = (a[-1] - yb) / m
            grads = []
            for i in range(len(net) - 1, -1, -1):
                grads.insert(0, (d @ a[i].T + lam * net[i][0], d.sum(axis=1, keepdims=True)))
                if i > 0:
                    d = (net[i][0].T @ d) * (a[i] > 0)
            for layer, (gW, gb) in zip(net, grads):
                layer[0] -= eta * gW
                layer[1] -= eta * gb
        print(epoch, cost)
    return net


if __name__ == '__main__':
    run()
