import numpy as np
np.random.seed(12)
area = np.random.uniform(30, 200, 90)
rooms = np.random.randint(1, 7, 90)
price = 2500 * area + 9000 * rooms + np.random.randn(90) * 8000
X = np.column_stack([area, rooms])
theta = np.zeros(2)
intercept = 0.0
alpha = 0.001
m = len(price)
for it in range(1000):
    h = X.dot(theta) + intercept
    J = ((h - price) ** 2).sum() / (2 * m)
    theta = theta - alpha / m * X.T.dot(h - price)
    intercept = intercept - alpha / m * (h - price).sum()
print(theta, intercept, J)
