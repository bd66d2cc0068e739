"""Linear regression by gradient descent, in a function, sample mean of the gradient."""
import numpy as np


def gradient_descent(X, y, alpha, num_iters):
    m = len(y)
    theta = np.zeros(X.shape[1])
    history = []
    for _ in range(num_iters):
        error = X.dot(theta) - y
        history.append((error @ error) / (2 * m))
        theta = theta - alpha / m * X.T.dot(error)
    return theta, history


np.random.seed(0)
x = np.random.rand(50)
y = 4 + 3 * x + np.random.randn(50) * 0.1
theta, history = gradient_descent(np.column_stack([np.ones(50), x]), y, 0.5, 500)
print(theta, history[-1])
