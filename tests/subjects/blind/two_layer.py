import numpy as np

class TwoLayerNet(object):
    """cs231n: affine - relu - affine - softmax"""
    def __init__(self, input_dim=64, hidden_dim=32, num_classes=10, weight_scale=0.1):
        self.params = {}
        self.params['W1'] = np.random.normal(0, weight_scale, (input_dim, hidden_dim))
        self.params['b1'] = np.zeros(hidden_dim)
        self.params['W2'] = np.random.normal(0, weight_scale, (hidden_dim, num_classes))
        self.params['b2'] = np.zeros(num_classes)

    def loss(self, X, y=None):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        h = np.maximum(0, X.dot(W1) + b1)
        scores = h.dot(W2) + b2
        if y is None:
            return scores
        N = X.shape[0]
        shifted = scores - scores.max(axis=1, keepdims=True)
        probs = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        loss = -np.sum(y * np.log(probs + 1e-12)) / N
        grads = {}
        dscores = (probs - y) / N
        grads['W2'] = h.T.dot(dscores)
        grads['b2'] = dscores.sum(axis=0)
        dh = dscores.dot(W2.T)
        dh[h <= 0] = 0
        grads['W1'] = X.T.dot(dh)
        grads['b1'] = dh.sum(axis=0)
        return loss, grads

    def predict(self, X):
        return self.loss(X)
