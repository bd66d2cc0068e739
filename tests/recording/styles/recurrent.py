import numpy as np

text = "hello"
chars = sorted(set(text))
index = {c: i for i, c in enumerate(chars)}
rng = np.random.default_rng(7)
params = {
    "Wxh": rng.normal(size=(5, len(chars))), "Whh": 0.3 * rng.normal(size=(5, 5)), "Why": rng.normal(size=(len(chars), 5)),
    "bh": np.zeros((5, 1)), "by": np.zeros((len(chars), 1)),
}
inputs, targets = [index[c] for c in text[:-1]], [index[c] for c in text[1:]]


def forward(params):
    xs, hs, ps = {}, {-1: np.zeros((5, 1))}, {}
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((len(chars), 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(params["Wxh"], xs[t]) + np.dot(params["Whh"], hs[t - 1]) + params["bh"])
        y = np.dot(params["Why"], hs[t]) + params["by"]
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])
    return loss, xs, hs, ps


def loss(params):
    return forward(params)[0]


def gradients(params):
    _, xs, hs, ps = forward(params)
    dWxh, dWhh, dWhy = np.zeros_like(params["Wxh"]), np.zeros_like(params["Whh"]), np.zeros_like(params["Why"])
    dbh, dby = np.zeros_like(params["bh"]), np.zeros_like(params["by"])
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(params["Why"].T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(params["Whh"].T, dhraw)
    for each in [dWxh, dWhh, dWhy, dbh, dby]:
        np.clip(each, -5, 5, out=each)
    return {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy, "bh": dbh, "by": dby}
