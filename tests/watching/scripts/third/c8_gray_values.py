import numpy as np

def relu(z): return np.maximum(0, z)

def softmax(z): return np.exp(z) / np.sum(np.exp(z), axis=0)

rng = np.random.default_rng(4)
m = 200
images = rng.integers(0, 256, size=(64, m))
bright = images[:32].mean(axis=0) > images[32:].mean(axis=0)
labels = bright.astype(int)
X_train = images
Y_train = np.eye(2)[labels].T

def init_params():
    W1 = rng.normal(size=(10, 64)) * np.sqrt(1. / 64)
    b1 = np.zeros((10, 1))
    W2 = rng.normal(size=(2, 10)) * np.sqrt(1. / 10)
    b2 = np.zeros((2, 1))
    return W1, b1, W2, b2

def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = relu(Z1)
    Z2 = W2.dot(A1) + b2
    return Z1, A1, softmax(Z2)

def backward_prop(Z1, A1, A2, W2, X, Y):
    m = Y.shape[1]
    dZ2 = A2 - Y
    dW2 = 1 / m * dZ2.dot(A1.T)
    db2 = 1 / m * dZ2.sum(axis=1, keepdims=True)
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    return 1 / m * dZ1.dot(X.T), 1 / m * dZ1.sum(axis=1, keepdims=True), dW2, db2

def gradient_descent(X, Y, alpha, iterations):
    W1, b1, W2, b2 = init_params()
    for i in range(iterations):
        Z1, A1, A2 = forward_prop(W1, b1, W2, b2, X)
        loss = -np.mean(np.sum(Y * np.log(A2), axis=0))
        dW1, db1, dW2, db2 = backward_prop(Z1, A1, A2, W2, X, Y)
        W1 = W1 - alpha * dW1
        b1 = b1 - alpha * db1
        W2 = W2 - alpha * dW2
        b2 = b2 - alpha * db2
        if i % 50 == 0:
            print("Iteration", i, loss, np.mean(np.argmax(A2, 0) == np.argmax(Y, 0)))
    return W1, b1, W2, b2

gradient_descent(X_train, Y_train, 0.1, 500)
