# simplest possible network, three layers of weights
import numpy as np


def sig(x, deriv=False):
    if deriv == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


X = np.array([[0, 0, 1],
              [0, 1, 1],
              [1, 0, 1],
              [1, 1, 1],
              [0.5, 0.2, 1]])
y = np.array([[0], [1], [1], [0], [1]])

np.random.seed(1)
weights_a = 2 * np.random.random((3, 4)) - 1
weights_b = 2 * np.random.random((4, 6)) - 1
weights_c = 2 * np.random.random((6, 1)) - 1
alpha = 0.8

for iteration in range(6000):
    hidden1 = sig(np.dot(X, weights_a))
    hidden2 = sig(np.dot(hidden1, weights_b))
    output = sig(np.dot(hidden2, weights_c))

    # how far off were we
    output_error = y - output
    if iteration % 1000 == 0:
        print("Error: " + str(np.mean(np.abs(output_error))))

    output_delta = output_error * sig(output, deriv=True)
    hidden2_error = output_delta.dot(weights_c.T)
    hidden2_delta = hidden2_error * sig(hidden2, deriv=True)
    hidden1_error = hidden2_delta.dot(weights_b.T)
    hidden1_delta = hidden1_error * sig(hidden1, deriv=True)

    weights_c += alpha * hidden2.T.dot(output_delta)
    weights_b += alpha * hidden1.T.dot(hidden2_delta)
    weights_a += alpha * X.T.dot(hidden1_delta)

print("after training:")
print(output)
