import numpy as np


class MLP:
    def __init__(self, inputs, hidden, outputs, lr=0.1):
        self.lr = lr
        self.w_ih = np.random.normal(0, inputs**-0.5, (inputs, hidden))
        self.w_ho = np.random.normal(0, hidden**-0.5, (hidden, outputs))
        self.b_h = np.zeros((1, hidden))
        self.b_o = np.zeros((1, outputs))

    def forward(self, X):
        self.z_h = X @ self.w_ih + self.b_h
        self.a_h = np.tanh(self.z_h)
        self.z_o = self.a_h @ self.w_ho + self.b_o
        self.a_o = 1 / (1 + np.exp(-self.z_o))
        return self.a_o

    def loss(self, X, y):
        out = self.forward(X)
        return np.mean((out - y) ** 2)

    def train_step(self, X, y):
        out = self.forward(X)
        n = out.size
        d_o = 2 * (out - y) / n * out * (1 - out)
        d_h = (d_o @ self.w_ho.T) * (1 - np.tanh(self.a_h) ** 2)
        self.w_ho -= self.lr * (self.a_h.T @ d_o)
        self.b_o -= self.lr * d_o.sum(axis=0, keepdims=True)
        self.w_ih -= self.lr * (X.T @ d_h)
        self.b_h -= self.lr * d_h.sum(axis=0, keepdims=True)
