import numpy as np

# deep net, one column per example, relu ... relu sigmoid


def init_net(sizes, seed=3):
    np.random.seed(seed)
    params = {}
    for k in range(1, len(sizes)):
        params['W' + str(k)] = np.random.randn(sizes[k], sizes[k - 1]) * np.sqrt(2 / sizes[k - 1])
        params['b' + str(k)] = np.zeros((sizes[k], 1))
    return params


def activate(Z, kind):
    if kind == 'relu':
        return np.maximum(0, Z)
    if kind == 'sigmoid':
        return 1 / (1 + np.exp(-Z))
    raise ValueError(kind)


def activate_backward(dA, Z, kind):
    if kind == 'relu':
        dZ = np.array(dA, copy=True)
        dZ[Z <= 0] = 0
        return dZ
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)


def layer_forward(A_prev, W, b, kind):
    Z = W.dot(A_prev) + b
    A = activate(Z, kind)
    return A, (A_prev, W, Z, kind)


def net_forward(X, params):
    memory = []
    n_layers = len(params) // 2
    A = X
    for k in range(1, n_layers + 1):
        kind = 'sigmoid' if k == n_layers else 'relu'
        A, mem = layer_forward(A, params['W' + str(k)], params['b' + str(k)], kind)
        memory.append(mem)
    return A, memory


def cost_of(A_out, Y):
    m = Y.shape[1]
    cost = -(np.dot(Y, np.log(A_out).T) + np.dot(1 - Y, np.log(1 - A_out).T)) / m
    return np.squeeze(cost)


def layer_backward(dA, mem):
    A_prev, W, Z, kind = mem
    m = A_prev.shape[1]
    dZ = activate_backward(dA, Z, kind)
    dW = 1. / m * np.dot(dZ, A_prev.T)
    db = 1. / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def net_backward(A_out, Y, memory):
    grads = {}
    dA = -(np.divide(Y, A_out) - np.divide(1 - Y, 1 - A_out))
    for k in reversed(range(len(memory))):
        dA, dW, db = layer_backward(dA, memory[k])
        grads['dW' + str(k + 1)] = dW
        grads['db' + str(k + 1)] = db
    return grads


def step(params, grads, learning_rate):
    n_layers = len(params) // 2
    for k in range(n_layers):
        params['W' + str(k + 1)] = params['W' + str(k + 1)] - learning_rate * grads['dW' + str(k + 1)]
        params['b' + str(k + 1)] = params['b' + str(k + 1)] - learning_rate * grads['db' + str(k + 1)]
    return params


def model(X, Y, sizes, learning_rate=0.0075, num_iterations=300, print_cost=False):
    costs = []
    params = init_net(sizes)
    for i in range(num_iterations):
        A_out, memory = net_forward(X, params)
        cost = cost_of(A_out, Y)
        grads = net_backward(A_out, Y, memory)
        params = step(params, grads, learning_rate)
        if print_cost and i % 100 == 0:
            print('cost after iteration %i: %f' % (i, cost))
        costs.append(cost)
    return params, costs


np.random.seed(1)
train_x = np.random.randn(6, 25)
train_y = (np.sum(train_x[:3], axis=0, keepdims=True) > 0).astype(int)
params, costs = model(train_x, train_y, [6, 5, 3, 1], print_cost=True)
