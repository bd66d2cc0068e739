import argparse
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=1500)
parser.add_argument("--hidden", type=int, default=8)
args = parser.parse_args()

np.random.seed(0)


def relu(x):
    return np.maximum(0, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def make_moons(n=200):
    t = np.random.rand(n) * np.pi
    lab = np.random.randint(0, 2, n)
    x = np.where(lab == 0, np.cos(t), 1 - np.cos(t)) + np.random.randn(n) * 0.1
    y = np.where(lab == 0, np.sin(t), 0.5 - np.sin(t)) + np.random.randn(n) * 0.1
    return np.c_[x, y], lab.reshape(-1, 1)


X, Y = make_moons()
W1 = np.random.randn(2, args.hidden)
b1 = np.zeros((1, args.hidden))
W2 = np.random.randn(args.hidden, 1) * 0.5
b2 = np.zeros((1, 1))
for e in range(args.epochs):
    h = relu(X @ W1 + b1)
    p = sigmoid(h @ W2 + b2)
    loss = -np.mean(Y * np.log(p + 1e-9) + (1 - Y) * np.log(1 - p + 1e-9))
    g = (p - Y) / len(X)
    gW2 = h.T @ g
    gb2 = g.sum(0, keepdims=True)
    gh = (g @ W2.T) * (h > 0)
    gW1 = X.T @ gh
    gb1 = gh.sum(0, keepdims=True)
    for param, grad in [(W1, gW1), (b1, gb1), (W2, gW2), (b2, gb2)]:
        param -= 0.5 * grad
    if e % 500 == 0:
        print(e, loss)
print("accuracy", ((p > 0.5) == Y).mean())
