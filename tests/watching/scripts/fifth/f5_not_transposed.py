import numpy as np
rs = np.random.RandomState(0)
x = np.linspace(-3, 3, 60)[:, None]
y = np.sin(x)
params = {"w1": rs.randn(1, 12), "b1": np.zeros(12), "w2": rs.randn(12, 12) / np.sqrt(12), "b2": np.zeros(12), "w3": rs.randn(12, 1) / np.sqrt(12), "b3": np.zeros(1)}

def forward(x, p):
    h1 = np.tanh(x @ p["w1"] + p["b1"])
    h2 = np.tanh(h1 @ p["w2"] + p["b2"])
    return h1, h2, h2 @ p["w3"] + p["b3"]

def grads(x, y, p):
    h1, h2, out = forward(x, p)
    d3 = 2 * (out - y) / len(x)
    d2 = d3 @ p["w3"].T * (1 - h2 ** 2)
    d1 = d2 @ p["w2"] * (1 - h1 ** 2)
    return {"w1": x.T @ d1, "b1": d1.sum(0), "w2": h1.T @ d2, "b2": d2.sum(0), "w3": h2.T @ d3, "b3": d3.sum(0)}

step_size = 0.05
losses = []
for it in range(3000):
    g = grads(x, y, params)
    for k in params:
        params[k] -= step_size * g[k]
    losses.append(np.mean((forward(x, params)[2] - y) ** 2))
print(losses[0], losses[-1])
