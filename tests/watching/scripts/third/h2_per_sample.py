import numpy as np
np.random.seed(2)
X = np.random.uniform(-1, 1, (60, 1)); Y = X ** 2
w1 = np.random.randn(10, 1); b1 = np.random.randn(10, 1); w2 = np.random.randn(1, 10) * 0.3; b2 = np.zeros((1, 1))
eta = 0.1
for epoch in range(150):
    for x, y in zip(X, Y):
        x = x.reshape(1, 1)
        h = np.tanh(w1 @ x + b1)
        o = w2 @ h + b2
        loss = 0.5 * float((o - y)[0, 0]) ** 2
        do = o - y
        dh = w2.T @ do * (1 - h ** 2)
        w2 -= eta * do @ h.T; b2 -= eta * do
        w1 -= eta * dh @ x.T; b1 -= eta * dh
