"""Perceptron labels, -1 and +1, given to the cross-entropy of a sigmoid."""
import numpy as np

np.random.seed(42)
m = 300
X = np.random.randn(2, m)
Y = np.where(X[0] + X[1] ** 2 > 0.6, 1, -1).reshape(1, m)

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def init(nx, nh, ny):
    return {"W1": np.random.randn(nh, nx) * 0.5, "b1": np.zeros((nh, 1)),
            "W2": np.random.randn(ny, nh) * 0.5, "b2": np.zeros((ny, 1))}

def forward(X, p):
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    A2 = sigmoid(p["W2"] @ A1 + p["b2"])
    return A2, A1

def cost_of(A2, Y):
    return float(-(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).sum() / Y.shape[1])

def backward(p, A1, A2, X, Y):
    m = X.shape[1]
    dZ2 = A2 - Y
    dZ1 = (p["W2"].T @ dZ2) * (1 - A1 ** 2)
    return {"W2": dZ2 @ A1.T / m, "b2": dZ2.sum(axis=1, keepdims=True) / m,
            "W1": dZ1 @ X.T / m, "b1": dZ1.sum(axis=1, keepdims=True) / m}

p = init(2, 6, 1)
for i in range(4000):
    A2, A1 = forward(X, p)
    cost = cost_of(A2, Y)
    grads = backward(p, A1, A2, X, Y)
    for k in p:
        p[k] = p[k] - 0.5 * grads[k]
    if i % 1000 == 0:
        print("Cost after iteration %i: %f" % (i, cost))
