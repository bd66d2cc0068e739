import numpy as np

corpus = "the cat sat on the mat the dog sat on the rug a cat and a dog ran".split()
vocab = sorted(set(corpus))
index = {w: i for i, w in enumerate(vocab)}
V, D, WINDOW, NEG = len(vocab), 5, 2, 3
rs = np.random.RandomState(4)
W_in = rs.randn(V, D) * 0.3
W_out = rs.randn(V, D) * 0.3
lr = 0.2

centers, contexts = [], []
for pos, word in enumerate(corpus):
    for other in range(max(0, pos - WINDOW), min(len(corpus), pos + WINDOW + 1)):
        if other != pos:
            centers.append(index[word])
            contexts.append(index[corpus[other]])
centers, contexts = np.array(centers), np.array(contexts)


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def batch_loss_and_grads(W_in, W_out, center, context, negatives):
    n = len(center)
    u = W_in[center]
    v = W_out[context]
    k = W_out[negatives]
    pos_score = sigmoid(np.sum(u * v, axis=1))
    neg_score = sigmoid(-np.einsum("nd,nkd->nk", u, k))
    loss = -(np.log(pos_score).sum() + np.log(neg_score).sum()) / n

    d_pos = (pos_score - 1) / n
    d_neg = (1 - neg_score) / n
    du = d_pos[:, None] * v + np.einsum("nk,nkd->nd", d_neg, k)
    dv = d_pos[:, None] * u
    dk = d_neg[:, :, None] * u[:, None, :]
    dW_in = np.zeros_like(W_in)
    dW_out = np.zeros_like(W_out)
    np.add.at(dW_in, center, du)
    np.add.at(dW_out, context, dv)
    np.add.at(dW_out, negatives, dk)
    return loss, dW_in, dW_out


for epoch in range(60):
    pick = rs.randint(0, len(centers), 16)
    neg = rs.randint(0, V, (16, NEG))
    loss, dW_in, dW_out = batch_loss_and_grads(W_in, W_out, centers[pick], contexts[pick], neg)
    W_in -= lr * dW_in
    W_out -= lr * dW_out
    if epoch % 20 == 0:
        print(epoch, round(loss, 4))
