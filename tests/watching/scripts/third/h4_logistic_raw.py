import numpy as np
np.random.seed(1)
hours = np.random.uniform(0, 4, 100)
passed = (hours + np.random.randn(100) * 0.3 > 2).astype(int)
w, b, lr = 0.0, 0.0, 0.3
for i in range(3000):
    p = 1 / (1 + np.exp(-(w * hours + b)))
    cost = -np.mean(passed * np.log(p) + (1 - passed) * np.log(1 - p))
    dw = np.mean((p - passed) * hours)
    db = np.mean(p - passed)
    w -= lr * dw
    b -= lr * db
print(w, b, cost)
