import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

np.random.seed(2)
X = np.vstack([np.random.randn(100, 2) + [4, 4], np.random.randn(100, 2) - [4, 4]])
y = np.hstack([np.ones(100), np.zeros(100)])
theta = np.zeros(3)
Xb = np.hstack([np.ones((200, 1)), X])
eps = 1e-12
alpha = 0.1

def cost(theta):
    h = sigmoid(Xb @ theta)
    return -np.mean(y * np.log(h + eps) + (1 - y) * np.log(1 - h + eps))

history = []
for i in range(2000):
    h = sigmoid(Xb @ theta)
    theta -= alpha * Xb.T @ (h - y) / y.size
    history.append(cost(theta))
print(history[-1])
