import numpy as np
import matplotlib.pyplot as plt

# XOR
x = np.array([[0, 0, 1, 1],
              [0, 1, 0, 1]])
y = np.array([[0, 1, 1, 0]])

n_x = 2
n_h = 3
n_y = 1
m = x.shape[1]
lr = 0.5
np.random.seed(2)
w1 = np.random.rand(n_h, n_x)
b1 = np.random.rand(n_h, 1)
w2 = np.random.rand(n_y, n_h)
b2 = np.random.rand(n_y, 1)
losses = []


def sigmoid(z):
    z = 1 / (1 + np.exp(-z))
    return z


iterations = 3000
for i in range(iterations):
    # forward
    z1 = np.dot(w1, x) + b1
    a1 = sigmoid(z1)
    z2 = np.dot(w2, a1) + b2
    a2 = sigmoid(z2)

    loss = -(1 / m) * np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2))
    losses.append(loss)

    # backward
    dz2 = a2 - y
    dw2 = np.dot(dz2, a1.T) / m
    db2 = np.sum(dz2, axis=1, keepdims=True) / m
    dz1 = np.dot(w2.T, dz2) * a1 * (1 - a1)
    dw1 = np.dot(dz1, x.T) / m
    db1 = np.sum(dz1, axis=1, keepdims=True) / m

    # update
    w2 = w2 - lr * dw2
    b2 = b2 - lr * db2
    w1 = w1 - lr * dw1
    b1 = b1 - lr * db1

plt.plot(losses)
plt.xlabel("EPOCHS")
plt.ylabel("Loss value")
plt.show()
print(np.round(a2))
