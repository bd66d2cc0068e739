import numpy as np

X = np.array([[0.5, 1.2], [1.5, -0.3], [-0.7, 0.8], [2.0, 1.0], [-1.2, -0.4], [0.1, 0.9], [1.1, -1.3], [-0.2, 0.4]])
y = 2 * X[:, 0] - 3 * X[:, 1] + 1

weights = np.array([1, 1, 0])
lr = 0.05

for epoch in range(500):
    pred = X[:, 0] * weights[0] + X[:, 1] * weights[1] + weights[2]
    err = pred - y
    loss = np.mean(err ** 2)
    weights[0] = weights[0] - lr * 2 * np.mean(err * X[:, 0])
    weights[1] = weights[1] - lr * 2 * np.mean(err * X[:, 1])
    weights[2] = weights[2] - lr * 2 * np.mean(err)
    if epoch % 100 == 0:
        print(epoch, loss, weights)
