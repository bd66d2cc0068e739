import numpy as np
np.random.seed(1)
hours = np.random.uniform(0, 10, (80, 2))
score = 5 * hours[:, :1] + 4 * hours[:, 1:] + np.random.randn(80, 1)
X = hours / hours.max(axis=0)
y = score

class Neural_Network(object):
    def __init__(self):
        self.W1 = np.random.randn(2, 3)
        self.W2 = np.random.randn(3, 1)

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def forward(self, X):
        self.z2 = np.dot(X, self.W1)
        self.a2 = self.sigmoid(self.z2)
        self.z3 = np.dot(self.a2, self.W2)
        return self.sigmoid(self.z3)

    def cost(self, X, y):
        self.yHat = self.forward(X)
        return 0.5 * np.sum((y - self.yHat) ** 2) / len(X)

    def backward(self, X, y):
        self.yHat = self.forward(X)
        d3 = -(y - self.yHat) * self.yHat * (1 - self.yHat) / len(X)
        d2 = np.dot(d3, self.W2.T) * self.a2 * (1 - self.a2)
        return np.dot(X.T, d2), np.dot(self.a2.T, d3)

NN = Neural_Network()
for i in range(3000):
    d1, d2 = NN.backward(X, y)
    NN.W1 -= 2.0 * d1
    NN.W2 -= 2.0 * d2
    if i % 1000 == 0:
        print(NN.cost(X, y))
print(NN.forward(X)[:5], y[:5])
