import numpy as np

class SimpleRNN:
    """reads a row of X as a sequence of numbers, answers with one number"""
    def __init__(self, hidden=8):
        self.Wxh = np.random.randn(hidden, 1) * 0.3
        self.Whh = np.random.randn(hidden, hidden) * 0.7 / np.sqrt(hidden)
        self.bh = np.zeros((hidden, 1))
        self.Why = np.random.randn(1, hidden) * 0.3
        self.by = np.zeros((1, 1))

    def forward(self, X):
        h = np.zeros((self.Whh.shape[0], X.shape[0]))
        self.hs = [h]
        for t in range(X.shape[1]):
            h = self.Wxh @ X[:, t:t + 1].T + self.Whh @ h + self.bh
            self.hs.append(h)
        return (self.Why @ h + self.by).T

    def loss(self, X, y):
        return 0.5 * np.mean((self.forward(X) - y) ** 2)

    def gradients(self, X, y):
        yhat = self.forward(X)
        dy = ((yhat - y) / X.shape[0]).T
        dWhy = dy @ self.hs[-1].T
        dby = dy.sum(axis=1, keepdims=True)
        dWxh, dWhh, dbh = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.bh)
        dh = self.Why.T @ dy
        for t in reversed(range(X.shape[1])):
            dbh += dh.sum(axis=1, keepdims=True)
            dWxh += dh @ X[:, t:t + 1]
            dWhh += dh @ self.hs[t].T
            dh = self.Whh.T @ dh
        return dWxh, dWhh, dbh, dWhy, dby
