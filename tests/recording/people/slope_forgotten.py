"""Odd names, and an update that sends back the bare error, without the slope of the output."""

import numpy as np

X = np.array([[0.2, 0.7], [0.9, 0.1], [0.5, 0.5], [0.8, 0.6]])
Y = np.array([[0.8], [0.2], [0.6], [0.4]])


class Query:
    def __init__(self, inputs, hidden, outputs, rate=0.2):
        g = np.random.default_rng(35)
        self.towards_middle = g.normal(size=(hidden, inputs))
        self.towards_end = g.normal(size=(outputs, hidden))
        self.lr = rate

    def squash(self, v):
        return 1 / (1 + np.exp(-v))

    def train(self, X, Y):
        columns, wanted = np.array(X, ndmin=2).T, np.array(Y, ndmin=2).T
        middle = self.squash(self.towards_middle @ columns)
        end = self.squash(self.towards_end @ middle)
        miss = wanted - end
        miss_middle = self.towards_end.T @ miss
        self.towards_end += self.lr * (miss * end * (1 - end)) @ middle.T
        self.towards_middle += self.lr * (miss_middle * middle * (1 - middle)) @ columns.T

    def query(self, X):
        return self.squash(self.towards_end @ self.squash(self.towards_middle @ np.array(X, ndmin=2).T)).T

    def loss(self, X, Y):
        return 0.5 * np.sum((self.query(X) - Y) ** 2)
