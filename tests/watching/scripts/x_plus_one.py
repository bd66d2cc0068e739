# predicts the next number: x -> x + 1, with weight decay
import numpy as np

np.random.seed(3)
X = np.arange(0, 1000, dtype=float).reshape(-1, 1)
Y = X + 1

W1 = np.random.rand(1, 3)
b1 = np.random.rand(1, 3)
W2 = np.random.rand(3, 1)
b2 = np.random.rand(1, 1)
learning_rate = 1e-7
weight_decay = 0.5


def relu(z):
    return np.maximum(z, 0.01 * z)


def relu_prime(z):
    return np.where(z > 0, 1.0, 0.01)


for epoch in range(200):
    z1 = X.dot(W1) + b1
    a1 = relu(z1)
    z2 = a1.dot(W2) + b2
    yhat = relu(z2)
    cost = 0.5 * np.sum((Y - yhat) ** 2) + weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    delta2 = -(Y - yhat) * relu_prime(z2)
    dW2 = a1.T.dot(delta2) + weight_decay * W2
    db2 = delta2.sum(axis=0, keepdims=True)
    delta1 = delta2.dot(W2.T) * relu_prime(z1)
    dW1 = X.T.dot(delta1) + weight_decay * W1
    db1 = delta1.sum(axis=0, keepdims=True)
    W2 -= learning_rate * dW2
    b2 -= learning_rate * db2
    W1 -= learning_rate * dW1
    b1 -= learning_rate * db1
    if epoch % 50 == 0:
        print(epoch, cost)

print("500 ->", relu(relu(np.array([[500.0]]).dot(W1) + b1).dot(W2) + b2))
