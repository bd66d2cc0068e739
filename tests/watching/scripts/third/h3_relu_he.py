import numpy as np

class Layer:
    def __init__(self, n_in, n_out, relu=True):
        self.W = np.random.randn(n_out, n_in) * np.sqrt(2.0 / n_in)
        self.b = np.zeros((n_out, 1))
        self.relu = relu
    def forward(self, A):
        self.A = A
        self.Z = self.W @ A + self.b
        return np.maximum(self.Z, 0) if self.relu else self.Z
    def backward(self, dA):
        dZ = dA * (self.Z > 0) if self.relu else dA
        self.dW, self.db = dZ @ self.A.T, dZ.sum(axis=1, keepdims=True)
        return self.W.T @ dZ
    def update(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db

np.random.seed(6)
X = np.random.randn(3, 150)
Y = X[:1] * 0.5 + np.abs(X[1:2]) - 0.3 * X[2:]
net = [Layer(3, 20), Layer(20, 20), Layer(20, 1, relu=False)]
history = []
for step in range(1200):
    out = X
    for layer in net:
        out = layer.forward(out)
    history.append(((out - Y) ** 2).mean())
    g = 2 * (out - Y) / Y.size
    for layer in net[::-1]:
        g = layer.backward(g)
    for layer in net:
        layer.update(0.05)
print(history[0], history[-1])
