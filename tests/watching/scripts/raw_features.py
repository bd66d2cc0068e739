# diabetes-like table: age in years, income in dollars, a linear model with one hidden layer, sample by sample
import numpy as np

rng = np.random.default_rng(4)
age = rng.uniform(20, 70, 40)
income = rng.uniform(20000, 90000, 40)
X = np.column_stack([age, income])
y = 0.02 * age + income / 50000

W1 = rng.standard_normal((4, 2)) * 0.1
b1 = np.zeros(4)
w2 = rng.standard_normal(4) * 0.1
b2 = 0.0
eta = 0.01

for epoch in range(10):
    total = 0
    for xi, yi in zip(X, y):
        z = W1 @ xi + b1
        h = np.maximum(z, 0)
        out = w2 @ h + b2
        err = out - yi
        loss = 0.5 * err**2
        total += loss
        gh = err * w2 * (z > 0)
        w2 = w2 - eta * err * h
        b2 = b2 - eta * err
        W1 = W1 - eta * np.outer(gh, xi)
        b1 = b1 - eta * gh
    print(epoch, total / len(X))
