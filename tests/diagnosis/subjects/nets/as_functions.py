"""No class at all: the file is the subject. Its samples are bytes, which wrap around where they are added."""

import numpy as np

X = np.array([[200, 100], [50, 255], [3, 7], [120, 130], [90, 40]], dtype=np.uint8)
Y = np.array([[1.0], [0.0], [1.0], [0.0], [1.0]])
W = np.array([[0.01], [0.02]])
b = np.zeros(1)


def predict(X):
    return (X + X) / 255 @ W + b


def loss(X, Y):
    return 0.5 * np.mean((predict(X) - Y) ** 2)


def gradients(X, Y):
    d = (predict(X) - Y) / len(X)
    return ((X + X) / 255).T @ d, d.sum(axis=0)
