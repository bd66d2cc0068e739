import numpy as np
class Regressor:
    def __init__(self, n_features, n_hidden, lr=0.9, seed=3):
        rs = np.random.RandomState(seed)
        self.w_ih = rs.normal(0, 0.6, (n_features, n_hidden))
        self.b_h = np.zeros(n_hidden)
        self.w_ho = rs.normal(0, 0.6, (n_hidden, 1))
        self.b_o = np.zeros(1)
        self.lr = lr
    def forward(self, X):
        self.h_in = X @ self.w_ih + self.b_h
        self.h_out = np.maximum(self.h_in, 0)
        return self.h_out @ self.w_ho + self.b_o
    def train_on_batch(self, X, y):
        out = self.forward(X)
        err = out - y
        loss = (err ** 2).mean()
        g_o = 2 * err / len(X)
        g_h = g_o @ self.w_ho.T * (self.h_in > 0)
        self.w_ho -= self.lr * self.h_out.T @ g_o
        self.b_o -= self.lr * g_o.sum(0)
        self.w_ih -= self.lr * X.T @ g_h
        self.b_h -= self.lr * g_h.sum(0)
        return loss
rs = np.random.RandomState(0)
X = rs.normal(size=(256, 6)); y = (X[:, :1] * X[:, 1:2]) + X[:, 2:3]
net = Regressor(6, 32)
losses = []
for epoch in range(20):
    for i in range(0, 256, 32):
        losses.append(net.train_on_batch(X[i:i+32], y[i:i+32]))
    print(epoch, losses[-1])
