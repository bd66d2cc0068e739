import numpy as np


def softplus(x):
    return np.log(1 + np.exp(x))


def dsoftplus(x):
    return 1 / (1 + np.exp(-x))


def predict(X, W1, b1, W2, b2):
    hidden = softplus(X @ W1 + b1)
    return hidden @ W2 + b2


def mean_squared_error(pred, Y):
    return np.mean((pred - Y) ** 2)


def gradients(X, Y, W1, b1, W2, b2):
    z = X @ W1 + b1
    hidden = softplus(z)
    pred = hidden @ W2 + b2
    d_pred = 2 * (pred - Y) / len(X)
    gW2 = hidden.T @ d_pred
    gb2 = d_pred.sum(axis=0)
    d_hidden = d_pred @ W2.T
    d_z = d_hidden * dsoftplus(z)
    gW1 = X.T @ d_z
    gb1 = d_z.sum(axis=0)
    return gW1, gb1, gW2, gb2


def main():
    rng = np.random.default_rng(25)
    data = rng.uniform(-1, 1, size=(50, 3))
    labels = (data[:, :1] ** 2 + 0.5 * data[:, 1:2] - data[:, 2:])
    W1 = rng.normal(size=(3, 6))
    b1 = np.zeros(6)
    W2 = rng.normal(size=(6, 1))
    b2 = np.zeros(1)
    batch = 10
    for epoch in range(40):
        order = rng.permutation(len(data))
        for start in range(0, len(data), batch):
            idx = order[start:start + batch]
            gW1, gb1, gW2, gb2 = gradients(data[idx], labels[idx], W1, b1, W2, b2)
            W1 -= 0.05 * gW1
            b1 -= 0.05 * gb1
            W2 -= 0.05 * gW2
            b2 -= 0.05 * gb2
        if epoch % 10 == 0:
            print(epoch, mean_squared_error(predict(data, W1, b1, W2, b2), labels))


if __name__ == "__main__":
    main()
