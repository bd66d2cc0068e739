import numpy as np


class GCN:
    """Two graph convolutions; every node gets a class."""

    def __init__(self, adjacency, n_features, n_hidden, n_classes, lr=0.2, seed=0):
        gen = np.random.RandomState(seed)
        A = adjacency + np.eye(len(adjacency))
        self.S = A / A.sum(axis=1, keepdims=True)
        self.theta1 = gen.randn(n_features, n_hidden) * 0.6
        self.theta2 = gen.randn(n_hidden, n_classes) * 0.6
        self.lr = lr

    def forward(self, F):
        self.F = F
        self.P = self.S @ F @ self.theta1
        self.H = np.maximum(self.P, 0)
        logits = self.S @ self.H @ self.theta2
        logits = logits - logits.max(1, keepdims=True)
        self.probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        return self.probs

    def nll(self, labels, mask):
        picked = self.probs[np.arange(len(labels)), labels]
        return -(np.log(picked) * mask).sum() / mask.sum()

    def backward(self, labels, mask):
        onehot = np.eye(self.probs.shape[1])[labels]
        dlogits = (self.probs - onehot) * mask[:, None] / mask.sum()
        self.dtheta2 = (self.S @ self.H).T @ dlogits
        dH = self.S.T @ dlogits @ self.theta2.T
        dP = dH * (self.P > 0)
        self.dtheta1 = (self.S @ self.F).T @ dP

    def step(self):
        self.theta1 = self.theta1 - self.lr * self.dtheta1
        self.theta2 = self.theta2 - self.lr * self.dtheta2

    def fit(self, F, labels, mask, n_iter=50):
        for it in range(n_iter):
            self.forward(F)
            if it % 10 == 0:
                print(it, self.nll(labels, mask))
            self.backward(labels, mask)
            self.step()


if __name__ == "__main__":
    rs = np.random.RandomState(10)
    nodes = 18
    edges = (rs.rand(nodes, nodes) < 0.2).astype(float)
    features = rs.randn(nodes, 4)
    labels = rs.randint(0, 3, nodes)
    known = (rs.rand(nodes) < 0.7).astype(float)
    gcn = GCN(edges, 4, 5, 3)
    gcn.fit(features, labels, known)
