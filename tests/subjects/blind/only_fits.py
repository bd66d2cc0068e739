import numpy as np

def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))

class NeuralNet:
    def __init__(self, n_inputs, n_hidden=6, seed=1):
        rng = np.random.RandomState(seed)
        self.w_hidden = rng.uniform(-0.5, 0.5, (n_inputs, n_hidden))
        self.b_hidden = np.zeros(n_hidden)
        self.w_out = rng.uniform(-0.5, 0.5, (n_hidden, 1))
        self.b_out = np.zeros(1)

    def fit(self, X, y, epochs=1000, lr=0.5):
        for epoch in range(epochs):
            hidden = sigmoid(X @ self.w_hidden + self.b_hidden)
            out = sigmoid(hidden @ self.w_out + self.b_out)
            loss = np.mean((out - y) ** 2)
            d_out = 2 * (out - y) * out * (1 - out) / len(X)
            d_hidden = d_out @ self.w_out.T * hidden * (1 - hidden)
            self.w_out -= lr * hidden.T @ d_out
            self.b_out -= lr * d_out.sum(axis=0)
            self.w_hidden -= lr * X.T @ d_hidden
            self.b_hidden -= lr * d_hidden.sum(axis=0)
        return self

    def predict(self, X):
        hidden = sigmoid(X @ self.w_hidden + self.b_hidden)
        return sigmoid(hidden @ self.w_out + self.b_out)
