import numpy as np

rng = np.random.default_rng(9)
tokens = np.array([0, 3, 1, 3])
n_heads, d = 2, 4
params = {
    "embedding": rng.normal(size=(5, d)),
    **{name: rng.normal(size=(d, d)) for name in ("Wq", "Wk", "Wv", "Wo")},
    "gain": np.ones(d),
}


def softmax(x, axis=-1):
    x = x - x.max(axis=axis, keepdims=True)
    e = np.exp(x)
    return e / np.sum(e, axis=axis, keepdims=True)


def split_heads(x):
    return x.reshape(len(x), n_heads, -1).swapaxes(0, 1)


def loss(params):
    x = params["embedding"][tokens]
    q, k, v = (split_heads(x @ params[name]) for name in ("Wq", "Wk", "Wv"))
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(d // n_heads)
    scores[:, np.triu_indices(len(tokens), 1)[0], np.triu_indices(len(tokens), 1)[1]] = -1e9
    out = np.concatenate(list(softmax(scores) @ v), axis=-1) @ params["Wo"]
    x = x + out
    mu, sigma = x.mean(-1, keepdims=True), x.std(axis=-1, keepdims=True)
    x = params["gain"] * (x - mu) / (sigma + 1e-6)
    p = softmax(x @ params["embedding"].T)
    return -np.mean([np.log(p[t, tokens[t + 1]]) for t in range(len(tokens) - 1)])
