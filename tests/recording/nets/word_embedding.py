import numpy as np

corpus = "you say goodbye and i say hello and you wave and i smile and say goodbye".split()
word2id = {}
for w in corpus:
    word2id.setdefault(w, len(word2id))
ids = np.array([word2id[w] for w in corpus])
V = len(word2id)
E = 5
H = 6
WINDOW = 2

contexts, centers = [], []
for pos in range(WINDOW, len(ids) - WINDOW):
    around = [ids[pos + d] for d in range(-WINDOW, WINDOW + 1) if d != 0]
    contexts.append(around)
    centers.append(ids[pos])
contexts, centers = np.array(contexts), np.array(centers)

rng = np.random.default_rng(17)
emb = rng.normal(0, 0.5, (V, E))
W_hidden = rng.normal(0, 0.5, (E, H))
W_out = rng.normal(0, 0.5, (H, V))
bias_out = np.zeros(V)


def forward(ctx):
    picked = emb[ctx]                    # (N, 4, E)
    mean = picked.mean(axis=1)
    hidden = np.tanh(mean @ W_hidden)
    logits = hidden @ W_out + bias_out
    logits -= logits.max(axis=1, keepdims=True)
    probs = np.exp(logits)
    probs /= probs.sum(axis=1, keepdims=True)
    return mean, hidden, probs


def nll(probs, target):
    return -np.log(probs[np.arange(len(target)), target]).mean()


def backward(ctx, target, mean, hidden, probs):
    n = len(target)
    dlogits = probs.copy()
    dlogits[np.arange(n), target] -= 1
    dlogits /= n
    dW_out = hidden.T @ dlogits
    dbias = dlogits.sum(axis=0)
    dhidden = dlogits @ W_out.T
    dpre = dhidden * (1 - hidden ** 2)
    dW_hidden = mean.T @ dpre
    dmean = dpre @ W_hidden.T
    demb = np.zeros_like(emb)
    for k in range(ctx.shape[1]):
        np.add.at(demb, ctx[:, k], dmean / ctx.shape[1])
    return demb, dW_hidden, dW_out, dbias


lr = 1.0
for epoch in range(120):
    mean, hidden, probs = forward(contexts)
    if epoch % 40 == 0:
        print("loss", nll(probs, centers))
    demb, dW_hidden, dW_out, dbias = backward(contexts, centers, mean, hidden, probs)
    emb -= lr * demb
    W_hidden -= lr * dW_hidden
    W_out -= lr * dW_out
    bias_out -= lr * dbias
