import numpy as np

rng = np.random.default_rng(3)
data = [(x, y) for x, y in zip(rng.normal(size=(4, 2)), rng.normal(size=4))]
params = {"w": rng.normal(size=(3, 2)), "v": rng.normal(size=3), "c": rng.normal(size=1)}


def loss(params):
    total = 0
    for x, y in data:
        hidden = []
        for row in params["w"]:
            z = 0.0
            for weight, value in zip(row, x):
                z += weight * value
            hidden.append(np.tanh(z))
        a, b, c = params["v"]
        out = a * hidden[0] + b * hidden[1] + c * hidden[2] + params["c"][0]
        total += (out - y) ** 2 / 2
    return total / len(data)


def gradients(params):
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for x, y in data:
        hidden = np.tanh(params["w"] @ x)
        delta = (params["v"] @ hidden + params["c"][0] - y) / len(data)
        grads["c"] += delta
        for i in range(3):
            grads["v"][i] += delta * hidden[i]
            for j, value in enumerate(x):
                grads["w"][i, j] += delta * params["v"][i] * (1 - hidden[i] ** 2) * value
    return grads
