import numpy as np
from tensorflow.keras.datasets import mnist
from tensorflow.keras.utils import to_categorical

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(-1, 784).astype('float32') / 255
x_test = x_test.reshape(-1, 784).astype('float32') / 255
y_train = np.eye(10)[y_train]


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = 0

    def step(self, grads):
        self.t += 1
        b1, b2 = self.betas
        for i, (p, g) in enumerate(zip(self.params, grads)):
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g * g
            mhat = self.m[i] / (1 - b1 ** self.t)
            vhat = self.v[i] / (1 - b2 ** self.t)
            p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


rng = np.random.default_rng(0)
W1 = rng.normal(0, np.sqrt(2 / 784), (784, 64)); b1 = np.zeros(64)
W2 = rng.normal(0, np.sqrt(2 / 64), (64, 10)); b2 = np.zeros(10)
opt = Adam([W1, b1, W2, b2])


def softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


for epoch in range(5):
    order = rng.permutation(len(x_train))
    total = 0.0
    for s in range(0, len(order), 32):
        idx = order[s:s + 32]
        xb, yb = x_train[idx], y_train[idx]
        z1 = xb @ W1 + b1
        a1 = np.maximum(z1, 0)
        p = softmax(a1 @ W2 + b2)
        total += -np.sum(yb * np.log(p + 1e-12))
        dz2 = (p - yb) / len(xb)
        dW2, db2 = a1.T @ dz2, dz2.sum(0)
        dz1 = (dz2 @ W2.T) * (z1 > 0)
        dW1, db1 = xb.T @ dz1, dz1.sum(0)
        opt.step([dW1, db1, dW2, db2])
    print(f'epoch {epoch + 1}: {total / len(order):.4f}')
