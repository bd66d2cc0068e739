import math
import random

random.seed(12)
data = [([0, 1], 1), ([1, 1], 0), ([1, 0], 1)]
params = {
    "hidden": [[random.uniform(-1, 1) for _ in range(3)] for _ in range(2)],
    "output": [random.random() for _ in range(3)],
}


def activate(weights, inputs):
    total = weights[-1]
    for i in range(len(weights) - 1):
        total += weights[i] * inputs[i]
    return total


def transfer(x):
    return 1.0 / (1.0 + math.exp(-x))


def forward(params, row):
    hidden = [transfer(activate(neuron, row)) for neuron in params["hidden"]]
    return hidden, transfer(activate(params["output"], hidden))


def loss(params):
    return sum(0.5 * (forward(params, row)[1] - target) ** 2 for row, target in data) + 0.0


def gradients(params):
    grads = {"hidden": [[0.0] * 3 for _ in range(2)], "output": [0.0] * 3}
    for row, target in data:
        hidden, out = forward(params, row)
        delta = (out - target) * out * (1 - out)
        for j, value in enumerate([*hidden, 1.0]):
            grads["output"][j] += delta * value
        for i, h in enumerate(hidden):
            inner = delta * params["output"][i] * h * (1 - h)
            for j in range(3):
                grads["hidden"][i][j] += inner * (row[j] if j < 2 else 1.0)
    return grads
