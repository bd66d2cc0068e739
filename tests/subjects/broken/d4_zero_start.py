import numpy as np


class TwoLayer:
    def __init__(self, input_dim, hidden_dim, output_dim):
        self.params = {
            "W1": np.zeros((input_dim, hidden_dim)),
            "b1": np.zeros(hidden_dim),
            "W2": np.zeros((hidden_dim, output_dim)),
            "b2": np.zeros(output_dim),
        }

    def scores(self, X):
        p = self.params
        h = np.maximum(0, X @ p["W1"] + p["b1"])
        return h, h @ p["W2"] + p["b2"]

    def predict(self, X):
        s = self.scores(X)[1]
        e = np.exp(s - s.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss(self, X, y):
        return -np.sum(y * np.log(self.predict(X))) / len(X)

    def grad(self, X, y):
        h, _ = self.scores(X)
        d = (self.predict(X) - y) / len(X)
        g = {"W2": h.T @ d, "b2": d.sum(axis=0)}
        dh = (d @ self.params["W2"].T) * (h > 0)
        g["W1"], g["b1"] = X.T @ dh, dh.sum(axis=0)
        return g
