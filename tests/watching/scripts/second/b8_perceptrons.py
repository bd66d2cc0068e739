import math, random
import numpy as np
random.seed(0)
inputs = np.array([[0.,0.],[0.,1.],[1.,0.],[1.,1.]]); targets = np.array([0.,1.,1.,0.])
w1 = np.random.RandomState(1).randn(2, 2); bias1 = np.zeros(2); w2 = np.random.RandomState(2).randn(2); bias2 = 0.0
lr = 0.5
for epoch in range(2000):
    for x, t in zip(inputs, targets):
        hidden = 1 / (1 + np.exp(-(x @ w1 + bias1)))
        out = 1 / (1 + np.exp(-(hidden @ w2 + bias2)))
        loss = 0.5 * (out - t) ** 2
        d_out = (out - t) * out * (1 - out)
        d_hidden = d_out * w2 * hidden
        w2 = w2 - lr * d_out * hidden
        bias2 = bias2 - lr * d_out
        w1 = w1 - lr * np.outer(x, d_hidden)
        bias1 = bias1 - lr * d_hidden
