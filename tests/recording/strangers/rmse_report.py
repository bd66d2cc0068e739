import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split


class LinearModel:
    def __init__(self, learning_rate=0.01, iterations=200):
        self.learning_rate = learning_rate
        self.iterations = iterations
        self.costs = []

    def with_bias(self, X):
        return np.append(np.ones((X.shape[0], 1)), X, axis=1)

    def one_step(self):
        A = self.with_bias(self.X)
        guess = A.dot(self.W)
        dW = -(2 * A.T.dot(self.Y - guess)) / len(self.X)
        cost = np.sqrt(np.sum(np.power(self.Y - guess, 2)) / len(self.X))
        self.costs.append(cost)
        self.W -= self.learning_rate * dW
        return cost

    def fit(self, X, Y):
        self.X = X
        self.Y = Y.reshape(-1, 1)
        self.W = np.zeros((X.shape[1] + 1, 1))
        for i in range(self.iterations):
            cost = self.one_step()
            if i % 50 == 0:
                print(i, cost)
        return self


df = pd.read_csv('houses.csv').dropna()
target = 'price'
X = df[['area', 'rooms', 'age']].values
y = df[target].values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=42)
model = LinearModel()
model.fit(X_train, y_train)
