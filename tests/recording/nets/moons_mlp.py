import numpy as np


class NeuralNetwork:
    """3 layer network for binary classification."""

    def __init__(self, n_inputs, n_hidden1, n_hidden2, lr=0.1, seed=42):
        rng = np.random.RandomState(seed)
        self.W1 = rng.randn(n_inputs, n_hidden1) / np.sqrt(n_inputs)
        self.b1 = np.zeros((1, n_hidden1))
        self.W2 = rng.randn(n_hidden1, n_hidden2) / np.sqrt(n_hidden1)
        self.b2 = np.zeros((1, n_hidden2))
        self.W3 = rng.randn(n_hidden2, 1) / np.sqrt(n_hidden2)
        self.b3 = np.zeros((1, 1))
        self.lr = lr

    def sigmoid(self, z):
        return 1.0 / (1.0 + np.exp(-z))

    def forward(self, X):
        self.z1 = np.dot(X, self.W1) + self.b1
        self.a1 = np.tanh(self.z1)
        self.z2 = np.dot(self.a1, self.W2) + self.b2
        self.a2 = np.tanh(self.z2)
        self.z3 = np.dot(self.a2, self.W3) + self.b3
        self.a3 = self.sigmoid(self.z3)
        return self.a3

    def compute_loss(self, y, y_hat):
        m = y.shape[0]
        loss = -(1 / m) * np.sum(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
        return loss

    def backward(self, X, y):
        m = X.shape[0]
        dz3 = self.a3 - y
        self.dW3 = np.dot(self.a2.T, dz3) / m
        self.db3 = np.sum(dz3, axis=0, keepdims=True) / m

        da2 = np.dot(dz3, self.W3.T)
        dz2 = da2 * (1 - self.a2 ** 2)
        self.dW2 = np.dot(self.a1.T, dz2) / m
        self.db2 = np.sum(dz2, axis=0, keepdims=True) / m

        da1 = np.dot(dz2, self.W2.T)
        dz1 = da1 * (1 - self.a1 ** 2)
        self.dW1 = np.dot(X.T, dz1) / m
        self.db1 = np.sum(dz1, axis=0, keepdims=True) / m

    def update(self):
        self.W1 -= self.lr * self.dW1
        self.b1 -= self.lr * self.db1
        self.W2 -= self.lr * self.dW2
        self.b2 -= self.lr * self.db2
        self.W3 -= self.lr * self.dW3
        self.b3 -= self.lr * self.db3

    def train(self, X, y, epochs=1000):
        for epoch in range(epochs):
            y_hat = self.forward(X)
            loss = self.compute_loss(y, y_hat)
            self.backward(X, y)
            self.update()
            if epoch % 100 == 0:
                print(f"Epoch {epoch}, loss {loss:.4f}")


if __name__ == "__main__":
    np.random.seed(0)
    n = 30
    t = np.random.uniform(0, np.pi, n)
    upper = np.c_[np.cos(t), np.sin(t)]
    lower = np.c_[1 - np.cos(t), 0.5 - np.sin(t)]
    X = np.vstack([upper, lower]) + 0.1 * np.random.randn(2 * n, 2)
    y = np.array([0] * n + [1] * n).reshape(-1, 1)
    nn = NeuralNetwork(2, 5, 4)
    nn.train(X, y)
    print("accuracy:", np.mean((nn.forward(X) > 0.5) == y))
