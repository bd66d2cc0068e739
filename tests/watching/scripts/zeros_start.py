# circles: inside or outside, all weights start at the same value
import numpy as np

np.random.seed(7)
n = 200
X = np.random.uniform(-1, 1, (n, 2))
Y = (np.sum(X**2, axis=1, keepdims=True) < 0.5).astype(float)

n_hidden = 8
W1 = np.zeros((2, n_hidden))
b1 = np.zeros((1, n_hidden))
W2 = np.zeros((n_hidden, 1))
b2 = np.zeros((1, 1))
lr = 1.0

for i in range(3000):
    H = np.tanh(np.dot(X, W1) + b1)
    P = 1.0 / (1.0 + np.exp(-(np.dot(H, W2) + b2)))
    loss = -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))
    dZ2 = (P - Y) / n
    dW2 = np.dot(H.T, dZ2)
    db2 = np.sum(dZ2, axis=0, keepdims=True)
    dZ1 = np.dot(dZ2, W2.T) * (1 - H**2)
    dW1 = np.dot(X.T, dZ1)
    db1 = np.sum(dZ1, axis=0, keepdims=True)
    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1
    W2 = W2 - lr * dW2
    b2 = b2 - lr * db2
    if i % 500 == 0:
        print("loss", loss)

print("accuracy", np.mean((P > 0.5) == Y))
