# perceptron-like training, sample by sample, single neuron on AND
import math
import random

import numpy as np

random.seed(2)
data = [((0, 0), 0), ((0, 1), 0), ((1, 0), 0), ((1, 1), 1)]
w = np.array([random.uniform(-1, 1), random.uniform(-1, 1)])
b = random.uniform(-1, 1)
lr = 0.5
for epoch in range(1000):
    loss = 0.0
    for x, t in data:
        x = np.array(x, dtype=float)
        y = 1 / (1 + math.exp(-(np.dot(w, x) + b)))
        loss += -(t * math.log(y) + (1 - t) * math.log(1 - y))
        delta = y - t
        w = w - lr * delta * x
        b = b - lr * delta
print("loss", loss)
