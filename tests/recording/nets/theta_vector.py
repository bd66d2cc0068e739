import numpy as np
from scipy.special import expit

input_layer_size = 4
hidden_layer_size = 5
num_labels = 3
lamb = 0.3


def unroll(nn_params):
    cut = hidden_layer_size * (input_layer_size + 1)
    Theta1 = nn_params[:cut].reshape(hidden_layer_size, input_layer_size + 1)
    Theta2 = nn_params[cut:].reshape(num_labels, hidden_layer_size + 1)
    return Theta1, Theta2


def nnCostFunction(nn_params, X, y, lamb):
    Theta1, Theta2 = unroll(nn_params)
    m = X.shape[0]
    a1 = np.hstack([np.ones((m, 1)), X])
    z2 = a1.dot(Theta1.T)
    a2 = np.hstack([np.ones((m, 1)), expit(z2)])
    z3 = a2.dot(Theta2.T)
    h = expit(z3)
    Y = np.zeros((m, num_labels))
    for i in range(m):
        Y[i, y[i]] = 1

    J = -1 / m * np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h))
    J += lamb / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))

    delta3 = h - Y
    delta2 = delta3.dot(Theta2[:, 1:]) * expit(z2) * (1 - expit(z2))
    Theta1_grad = delta2.T.dot(a1) / m
    Theta2_grad = delta3.T.dot(a2) / m
    Theta1_grad[:, 1:] += lamb / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lamb / m * Theta2[:, 1:]
    grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])
    return J, grad


def gradient_descent(nn_params, X, y, alpha, iters):
    J_history = []
    for it in range(iters):
        J, grad = nnCostFunction(nn_params, X, y, lamb)
        nn_params = nn_params - alpha * grad
        J_history.append(J)
    return nn_params, J_history


np.random.seed(51)
X = np.random.randn(21, input_layer_size)
y = np.argmax(X[:, :num_labels], axis=1)
size = hidden_layer_size * (input_layer_size + 1) + num_labels * (hidden_layer_size + 1)
initial = np.random.uniform(-0.8, 0.8, size)
nn_params, J_history = gradient_descent(initial, X, y, 0.8, 120)
print(J_history[0], J_history[-1])
