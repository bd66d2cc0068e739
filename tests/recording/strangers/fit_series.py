import numpy as np


class LinearRegressionGD:
    """Expects a DataFrame and a Series."""

    def __init__(self, rounds=100, learning_rate=0.05):
        self.__rounds = rounds
        self.__learning_rate = learning_rate

    def step(self, X, y):
        errors = self.predict(X) - y
        self.__m -= self.__learning_rate * (1 / X.shape[0]) * X.T.dot(errors)
        self.__b -= self.__learning_rate * (1 / X.shape[0]) * np.sum(errors)

    def loss_function(self, X, y):
        errors = self.predict(X) - y
        return np.mean(errors ** 2) / 2

    def fit(self, X, y):
        self.__m = np.zeros(X.shape[1])
        self.__b = 0
        self.history = []
        for i in range(self.__rounds):
            self.step(X, y)
            self.history.append(self.loss_function(X, y))

    def predict(self, X):
        return np.dot(X, self.__m) + self.__b
