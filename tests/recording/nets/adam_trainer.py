import numpy as np


class Adam:
    def __init__(self, params, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params = params
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.t = 0
        self.m = {k: np.zeros_like(v) for k, v in params.items()}
        self.v = {k: np.zeros_like(v) for k, v in params.items()}

    def step(self, grads):
        self.t += 1
        for k in self.params:
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * grads[k]
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * grads[k] ** 2
            m_hat = self.m[k] / (1 - self.beta1 ** self.t)
            v_hat = self.v[k] / (1 - self.beta2 ** self.t)
            self.params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class Model:
    def __init__(self, n_features, n_hidden, n_classes):
        rng = np.random.default_rng(33)
        self.params = {
            "W1": rng.normal(size=(n_hidden, n_features)) / np.sqrt(n_features),
            "b1": np.zeros((n_hidden, 1)),
            "W2": rng.normal(size=(n_classes, n_hidden)) / np.sqrt(n_hidden),
            "b2": np.zeros((n_classes, 1)),
        }

    def forward(self, X):
        p = self.params
        Z1 = p["W1"] @ X + p["b1"]
        A1 = np.where(Z1 > 0, Z1, 0.1 * Z1)
        Z2 = p["W2"] @ A1 + p["b2"]
        expz = np.exp(Z2 - np.max(Z2, axis=0))
        A2 = expz / expz.sum(axis=0)
        return A2, (X, Z1, A1, A2)

    def loss(self, A2, y):
        m = y.shape[0]
        return -np.sum(np.log(A2[y, np.arange(m)])) / m

    def backward(self, cache, y):
        X, Z1, A1, A2 = cache
        m = y.shape[0]
        dZ2 = A2.copy()
        dZ2[y, np.arange(m)] -= 1
        dZ2 = dZ2 / m
        grads = {}
        grads["W2"] = dZ2 @ A1.T
        grads["b2"] = dZ2.sum(axis=1, keepdims=True)
        dA1 = self.params["W2"].T @ dZ2
        dZ1 = dA1 * np.where(Z1 > 0, 1, 0.1)
        grads["W1"] = dZ1 @ X.T
        grads["b1"] = dZ1.sum(axis=1, keepdims=True)
        return grads


class Trainer:
    def __init__(self, model, optimizer, batch_size=8):
        self.model = model
        self.optimizer = optimizer
        self.batch_size = batch_size

    def fit(self, X, y, epochs):
        losses = []
        for epoch in range(epochs):
            for i in range(0, X.shape[1], self.batch_size):
                xb = X[:, i:i + self.batch_size]
                yb = y[i:i + self.batch_size]
                A2, cache = self.model.forward(xb)
                losses.append(self.model.loss(A2, yb))
                self.optimizer.step(self.model.backward(cache, yb))
        return losses


rng = np.random.default_rng(34)
X = rng.normal(size=(5, 32))
y = (X[0] > 0).astype(int) + 2 * (X[1] > 0.5).astype(int)
model = Model(5, 7, 4)
trainer = Trainer(model, Adam(model.params))
losses = trainer.fit(X, y, epochs=30)
print(losses[0], losses[-1])
