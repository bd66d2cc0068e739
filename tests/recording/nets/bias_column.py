import numpy as np

class MultiLayerPerceptron:
    # the bias is the last row of every weight matrix

    def __init__(self, layers=(3, 5, 4, 2), eta=0.05, seed=101):
        self.eta = eta
        rnd = np.random.RandomState(seed)
        self.theta = []
        for n, m in zip(layers, layers[1:]):
            self.theta.append(rnd.randn(n + 1, m) * np.sqrt(1.0 / n))

    @staticmethod
    def add_ones(a):
        return np.c_[a, np.ones(len(a))]

    def propagate(self, X):
        acts = [self.add_ones(X)]
        for i, T in enumerate(self.theta):
            net = acts[-1] @ T
            if i == len(self.theta) - 1:
                e = np.exp(net - net.max(1)[:, None])
                acts.append(e / e.sum(1)[:, None])
            else:
                acts.append(self.add_ones(np.tanh(net)))
        return acts

    def cross_entropy(self, X, T):
        return -np.sum(T * np.log(self.propagate(X)[-1])) / len(X)

    def backpropagate(self, X, T):
        acts = self.propagate(X)
        grads = [None] * len(self.theta)
        delta = (acts[-1] - T) / len(X)
        for i in range(len(self.theta) - 1, -1, -1):
            grads[i] = acts[i].T @ delta
            if i > 0:
                back = delta @ self.theta[i].T
                delta = back[:, :-1] * (1 - acts[i][:, :-1] ** 2)
        return grads

    def fit(self, X, T, epochs):
        for epoch in range(epochs):
            for theta, grad in zip(self.theta, self.backpropagate(X, T)):
                theta -= self.eta * grad
            if epoch % 50 == 0:
                print(epoch, self.cross_entropy(X, T))

rnd = np.random.RandomState(102)
X = rnd.randn(23, 3)
T = np.eye(2)[(X[:, 0] * X[:, 1] > 0).astype(int)]
mlp = MultiLayerPerceptron()
mlp.fit(X, T, 100)
