import numpy as np

class Net:
    def __init__(self):
        rs = np.random.RandomState(1)
        self.W1 = rs.randn(2, 12) * 0.8
        self.b1 = np.zeros(12)
        self.W2 = rs.randn(12, 2) * 0.4
        self.b2 = np.zeros(2)

    def step(self, X, Y, lr):
        z1 = X @ self.W1 + self.b1
        a1 = np.maximum(0, z1)
        s = a1 @ self.W2 + self.b2
        s -= s.max(axis=1, keepdims=True)
        p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
        loss = -np.mean(np.sum(Y * np.log(p + 1e-15), axis=1))
        d = (p - Y) / len(X)
        d1 = d @ self.W2.T
        self.W2 -= lr * a1.T @ d
        self.b2 -= lr * d.sum(0)
        self.W1 -= lr * X.T @ d1
        self.b1 -= lr * d1.sum(0)
        return loss

rs = np.random.RandomState(4)
X = rs.randn(160, 2)
labels = (np.abs(X[:, 0]) + np.abs(X[:, 1]) > 1.1).astype(int)
Y = np.eye(2)[labels]
net = Net()
for i in range(400):
    loss = net.step(X, Y, 0.5)
    if i % 100 == 0:
        print(i, loss)
