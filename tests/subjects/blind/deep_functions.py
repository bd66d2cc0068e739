import numpy as np

def initialize_parameters(layer_dims):
    parameters = {}
    L = len(layer_dims)
    for l in range(1, L):
        parameters["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1]) * np.sqrt(2 / (layer_dims[l] + layer_dims[l - 1]))
        parameters["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters

def activ(Z):
    return np.tanh(Z)

def activ_grad(A):
    return 1 - A ** 2

def forward_propagation(X, parameters):
    A = X.T
    caches = [A]
    L = len(parameters) // 2
    for l in range(1, L):
        A = activ(parameters["W" + str(l)] @ A + parameters["b" + str(l)])
        caches.append(A)
    AL = 1 / (1 + np.exp(-(parameters["W" + str(L)] @ A + parameters["b" + str(L)])))
    return AL, caches

def compute_cost(AL, Y):
    Y = Y.T
    m = Y.shape[1]
    return -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m

def backward_propagation(AL, Y, caches, parameters):
    Y = Y.T
    m = Y.shape[1]
    grads = {}
    L = len(parameters) // 2
    dZ = AL - Y
    for l in range(L, 0, -1):
        grads["dW" + str(l)] = dZ @ caches[l - 1].T / m
        grads["db" + str(l)] = np.sum(dZ, axis=1, keepdims=True) / m
        if l > 1:
            dZ = parameters["W" + str(l)].T @ dZ * activ_grad(caches[l - 1])
    return grads

def update_parameters(parameters, grads, learning_rate):
    for l in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(l)] = parameters["W" + str(l)] - learning_rate * grads["dW" + str(l)]
        parameters["b" + str(l)] = parameters["b" + str(l)] - learning_rate * grads["db" + str(l)]
    return parameters

def predict(X, parameters):
    AL, _ = forward_propagation(X, parameters)
    return AL.T
