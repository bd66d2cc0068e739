"""One number through two neurons; each delta is multiplied by the weight and not by what went into it."""

import numpy as np

numbers = np.arange(1, 10) / 10
odd = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
w1, w2, b1, b2 = 0.7, -0.4, 0.1, 0.2
rate = 0.1


def squash(z):
    return 1 / (1 + np.exp(-z))


def slope(a):
    return a * (1 - a)


for epoch in range(100):
    for x, y in zip(numbers, odd):
        h = squash(x * w1 + b1)
        out = squash(h * w2 + b2)
        error = out - y
        loss = error * error
        grad_out = 2 * error
        grad_h = grad_out * slope(out) * w2
        dw2 = grad_out * slope(out) * w2
        dw1 = grad_h * slope(h) * w1
        db2 = grad_out * slope(out)
        db1 = grad_h * slope(h)
        w2 -= rate * dw2
        w1 -= rate * dw1
        b2 -= rate * db2
        b1 -= rate * db1
