import numpy as np

def initialize(layer_dims):
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters["W" + str(l)] = np.zeros((layer_dims[l], layer_dims[l - 1]))
        parameters["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters

def forward(X, parameters):
    Z1 = parameters["W1"] @ X + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = parameters["W2"] @ A1 + parameters["b2"]
    return A1, 1 / (1 + np.exp(-Z2))

np.random.seed(0)
X = np.random.randn(2, 200)
Y = (X[0] * X[1] > 0).astype(float).reshape(1, -1)
parameters = initialize([2, 6, 1])
for i in range(1500):
    A1, A2 = forward(X, parameters)
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dZ2 = (A2 - Y) / X.shape[1]
    grads = {"W2": dZ2 @ A1.T, "b2": dZ2.sum(1, keepdims=True)}
    dZ1 = parameters["W2"].T @ dZ2 * (1 - A1 ** 2)
    grads["W1"], grads["b1"] = dZ1 @ X.T, dZ1.sum(1, keepdims=True)
    for key in parameters:
        parameters[key] = parameters[key] - 0.8 * grads[key]
print(cost)
