import numpy as np

np.random.seed(7)
n = 150
area = np.random.uniform(40, 200, n)
age = np.random.uniform(0, 80, n)
rooms = np.random.randint(1, 7, n)
price = 2000 * area - 800 * age + 10000 * rooms + np.random.normal(0, 5000, n)

X = np.column_stack([area, age, rooms]).astype(float)
y = (price - price.mean()) / price.std()

class LinearRegression:
    def __init__(self, learning_rate=0.01, n_iters=1000):
        self.lr = learning_rate
        self.n_iters = n_iters
        self.weights = None
        self.bias = None

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            y_pred = np.dot(X, self.weights) + self.bias
            dw = (1 / n_samples) * np.dot(X.T, (y_pred - y))
            db = (1 / n_samples) * np.sum(y_pred - y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db

    def predict(self, X):
        return np.dot(X, self.weights) + self.bias

model = LinearRegression()
model.fit(X, y)
print("MSE", np.mean((model.predict(X) - y) ** 2))
