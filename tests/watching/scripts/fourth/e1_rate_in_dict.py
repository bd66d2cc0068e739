import numpy as np

config = {"lr": 2.5, "epochs": 200, "hidden": 16}
rng = np.random.default_rng(3)
x = rng.uniform(-2, 2, (120, 1))
y = x ** 3 - x

W1 = rng.normal(size=(1, config["hidden"]))
b1 = np.zeros(config["hidden"])
W2 = rng.normal(size=(config["hidden"], 1)) * 0.25
b2 = np.zeros(1)

for epoch in range(config["epochs"]):
    h = np.tanh(x @ W1 + b1)
    out = h @ W2 + b2
    mse = np.mean((out - y) ** 2)
    g = 2 * (out - y) / len(x)
    gW2, gb2 = h.T @ g, g.sum(axis=0)
    gh = g @ W2.T * (1 - h ** 2)
    gW1, gb1 = x.T @ gh, gh.sum(axis=0)
    W1 -= config["lr"] * gW1
    b1 -= config["lr"] * gb1
    W2 -= config["lr"] * gW2
    b2 -= config["lr"] * gb2
print(mse)
