import numpy as np

# 2 inputs, 2 hidden neurons, 1 output.  w1..w6 weights, w7..w9 biases

x1s = [0.2, -0.7, 1.1, -1.3, 0.6, -0.1, 0.9]
x2s = [1.0, 0.4, -0.3, -0.8, 0.5, -1.2, 0.1]
ts = [0.9, 0.2, 0.7, 0.1, 0.8, 0.3, 0.6]

w1, w2, w3, w4, w5, w6 = 0.15, -0.4, 0.35, 0.3, 0.8, -0.55
w7, w8, w9 = 0.1, -0.2, 0.05
eta = 0.3

for epoch in range(200):
    sse = 0.0
    for x1, x2, t in zip(x1s, x2s, ts):
        n1 = w1 * x1 + w2 * x2 + w7
        h1 = np.tanh(n1)
        n2 = w3 * x1 + w4 * x2 + w8
        h2 = np.tanh(n2)
        n3 = w5 * h1 + w6 * h2 + w9
        out = 1 / (1 + np.exp(-n3))
        sse += (t - out) ** 2

        d3 = -2 * (t - out) * out * (1 - out)
        g5 = d3 * h1
        g6 = d3 * h2
        g9 = d3
        d1 = d3 * w5 * (1 - h1 ** 2)
        d2 = d3 * w6 * (1 - h2 ** 2)
        g1 = d1 * x1
        g2 = d1 * x2
        g7 = d1
        g3 = d2 * x1
        g4 = d2 * x2
        g8 = d2

        w1 -= eta * g1
        w2 -= eta * g2
        w3 -= eta * g3
        w4 -= eta * g4
        w5 -= eta * g5
        w6 -= eta * g6
        w7 -= eta * g7
        w8 -= eta * g8
        w9 -= eta * g9
    if epoch % 50 == 0:
        print("epoch", epoch, "sse", sse)
