import numpy as np


class AutoEncoder:
    def __init__(self, n_visible, n_code, lr=0.5):
        self.lr = lr
        r = np.random.RandomState(2)
        self.We = r.uniform(-0.5, 0.5, (n_code, n_visible))
        self.be = np.zeros((n_code, 1))
        self.Wd = r.uniform(-0.5, 0.5, (n_visible, n_code))
        self.bd = np.zeros((n_visible, 1))

    def sigmoid(self, z):
        return 1.0 / (1.0 + np.exp(-z))

    def encode(self, x):
        return self.sigmoid(self.We @ x + self.be)

    def decode(self, c):
        return self.sigmoid(self.Wd @ c + self.bd)

    def train(self, X, max_epochs=2000, tol=1e-3):
        epoch, err = 0, np.inf
        while epoch < max_epochs and err > tol:
            m = X.shape[1]
            code = self.encode(X)
            out = self.decode(code)
            delta_out = (out - X) * out * (1 - out) / m
            delta_code = (self.Wd.T @ delta_out) * code * (1 - code)
            self.Wd -= self.lr * delta_out @ code.T
            self.bd -= self.lr * delta_out.sum(axis=1, keepdims=True)
            self.We -= self.lr * delta_code @ X.T
            self.be -= self.lr * delta_code.sum(axis=1, keepdims=True)
            err = 0.5 * np.sum((self.decode(self.encode(X)) - X) ** 2) / m
            epoch += 1
        return epoch, err


X = np.eye(8)
ae = AutoEncoder(8, 3)
print(ae.train(X))
