import numpy as np

class NeuralNetwork():
    def __init__(self, layer_sizes, learning_rate=0.1):
        self.n_layers = len(layer_sizes) - 1
        self.learning_rate = learning_rate
        self.W = [np.random.uniform(-0.7, 0.7, (layer_sizes[i] + 1, layer_sizes[i + 1])) for i in range(self.n_layers)]

    def g(self, A, layer):
        return A if layer == self.n_layers - 1 else np.tanh(A)

    def dg(self, A, layer):
        return np.ones_like(A) if layer == self.n_layers - 1 else 1 - np.tanh(A) ** 2

    def forward_pass(self, X):
        A_vals, Z_vals = [], []
        for layer in range(self.n_layers):
            prev = X if layer == 0 else Z_vals[layer - 1]
            prev = np.concatenate((np.ones((prev.shape[0], 1)), prev), axis=1)
            A_vals.append(np.matmul(prev, self.W[layer]))
            Z_vals.append(self.g(A_vals[layer], layer))
        return A_vals, Z_vals

    def predict(self, X):
        return self.forward_pass(X)[1][-1]

    def loss(self, X, y):
        return np.mean((self.predict(X) - y) ** 2)

    def backward_pass(self, A_vals, dLdyhat):
        deltas = [dLdyhat * self.dg(A_vals[-1], self.n_layers - 1)]
        for layer in range(self.n_layers - 2, -1, -1):
            deltas.append(self.dg(A_vals[layer], layer) * np.dot(deltas[-1], self.W[layer + 1][1:].T))
        return deltas[::-1]

    def update_weights(self, X, Z_vals, deltas):
        ones = np.ones((X.shape[0], 1))
        X = np.concatenate((ones, X), axis=1)
        self.W[0] -= self.learning_rate * np.matmul(X.T, deltas[0])
        for layer in range(1, self.n_layers):
            ones = np.ones((Z_vals[layer - 1].shape[0], 1))
            self.W[layer] -= self.learning_rate * np.matmul(np.concatenate((ones, Z_vals[layer - 1]), axis=1).T, deltas[layer])

    def train_on_batch(self, X, y):
        A_vals, Z_vals = self.forward_pass(X)
        dLdyhat = 2 * (Z_vals[-1] - y) / y.size
        deltas = self.backward_pass(A_vals, dLdyhat)
        self.update_weights(X, Z_vals, deltas)
