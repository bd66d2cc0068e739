# fit a curve with polynomial features, gradient descent in a function, loss computed after the update
import numpy as np
from numpy import random

def features(x, degree):
    return np.vstack([x ** d for d in range(degree + 1)]).T

def descend(theta, A, t, step_size, rounds):
    losses = []
    for r in range(rounds):
        residual = A @ theta - t
        grad = A.T @ residual * 2 / len(t)
        theta = theta - step_size * grad
        losses.append(np.mean((A @ theta - t) ** 2))
    return theta, losses

if __name__ == "__main__":
    random.seed(4)
    x = np.linspace(-1, 1, 50)
    t = x ** 3 - x + random.normal(scale=0.05, size=50)
    A = features(x, 3)
    theta, losses = descend(random.normal(size=4), A, t, 0.3, 400)
    print(theta, losses[0], losses[-1])
