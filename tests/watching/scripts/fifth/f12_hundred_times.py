import numpy as np
np.random.seed(11)
X = np.random.randn(250, 4)
y = np.sign(X[:, :1] * X[:, 1:2])
class Net:
    def __init__(self, h=20):
        self.p = [np.random.randn(4, h) * 100, np.zeros((1, h)), np.random.randn(h, 1) * 0.2, np.zeros((1, 1))]
        self.m = [np.zeros_like(q) for q in self.p]
        self.v = [np.zeros_like(q) for q in self.p]
        self.t = 0
    def forward(self, X):
        self.h = np.tanh(X @ self.p[0] + self.p[1])
        return self.h @ self.p[2] + self.p[3]
    def grad(self, X, y):
        out = self.forward(X)
        self.loss = np.mean((out - y) ** 2)
        d = 2 * (out - y) / len(X)
        dh = d @ self.p[2].T * (1 - self.h ** 2)
        return [X.T @ dh, dh.sum(0, keepdims=True), self.h.T @ d, d.sum(0, keepdims=True)]
    def step(self, X, y, lr=0.01, b1=0.9, b2=0.999):
        self.t += 1
        for i, g in enumerate(self.grad(X, y)):
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g * g
            self.p[i] -= lr * (self.m[i] / (1 - b1 ** self.t)) / (np.sqrt(self.v[i] / (1 - b2 ** self.t)) + 1e-8)
net = Net()
for e in range(800):
    net.step(X, y)
    if e % 200 == 0:
        print(e, net.loss)
print(net.loss)
