import numpy as np

class NeuralNetwork:
    def __init__(self, n_input, n_hidden, n_output):
        self.w1 = np.random.uniform(-1, 0, (n_input, n_hidden))
        self.b1 = np.zeros(n_hidden)
        self.w2 = np.random.randn(n_hidden, n_output) * 0.5
        self.b2 = np.zeros(n_output)

    def feedforward(self, X):
        self.z1 = np.dot(X, self.w1) + self.b1
        self.a1 = np.maximum(0, self.z1)
        self.z2 = np.dot(self.a1, self.w2) + self.b2
        self.output = 1 / (1 + np.exp(-self.z2))
        return self.output

    def backprop(self, X, y, lr):
        m = X.shape[0]
        d2 = (self.output - y) / m
        d1 = np.dot(d2, self.w2.T) * (self.z1 > 0)
        self.w2 -= lr * np.dot(self.a1.T, d2)
        self.b2 -= lr * np.sum(d2, axis=0)
        self.w1 -= lr * np.dot(X.T, d1)
        self.b1 -= lr * np.sum(d1, axis=0)

np.random.seed(8)
X = np.random.uniform(0, 1, (250, 2))
y = (np.sum(X ** 2, axis=1, keepdims=True) < 0.7).astype(float)

nn = NeuralNetwork(2, 16, 1)
losses = []
for i in range(3000):
    out = nn.feedforward(X)
    loss = -np.mean(y * np.log(out + 1e-9) + (1 - y) * np.log(1 - out + 1e-9))
    losses.append(loss)
    nn.backprop(X, y, 0.5)
print(losses[0], losses[-1])
