import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


class SelfAttention:
    def __init__(self, d_model, d_k, seed):
        rng = np.random.default_rng(seed)
        self.Wq = rng.standard_normal((d_model, d_k)) / np.sqrt(d_model)
        self.Wk = rng.standard_normal((d_model, d_k)) / np.sqrt(d_model)
        self.Wv = rng.standard_normal((d_model, d_k)) / np.sqrt(d_model)
        self.d_k = d_k

    def forward(self, x):
        self.x = x                                   # (B, T, d_model)
        self.q = x @ self.Wq
        self.k = x @ self.Wk
        self.v = x @ self.Wv
        scores = self.q @ self.k.transpose(0, 2, 1) / np.sqrt(self.d_k)
        self.attn = softmax(scores)
        return self.attn @ self.v

    def backward(self, dout):
        dattn = dout @ self.v.transpose(0, 2, 1)
        dv = self.attn.transpose(0, 2, 1) @ dout
        dscores = self.attn * (dattn - np.sum(dattn * self.attn, axis=-1, keepdims=True))
        dscores /= np.sqrt(self.d_k)
        dq = dscores @ self.k
        dk = dscores.transpose(0, 2, 1) @ self.q
        xt = self.x.transpose(0, 2, 1)
        self.dWq = (xt @ dq).sum(axis=0)
        self.dWk = (xt @ dk).sum(axis=0)
        self.dWv = (xt @ dv).sum(axis=0)
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


class Classifier:
    def __init__(self, d_model, d_k, classes, seed=0):
        rng = np.random.default_rng(seed)
        self.proj = rng.standard_normal((d_model, d_model)) / np.sqrt(d_model)
        self.attention = SelfAttention(d_model, d_k, seed + 1)
        self.head = rng.standard_normal((d_k, classes))
        self.head_bias = np.zeros(classes)

    def forward(self, x):
        self.inp = x
        self.embedded = np.tanh(x @ self.proj)
        self.mixed = self.attention.forward(self.embedded)
        self.pooled = self.mixed.mean(axis=1)
        self.probs = softmax(self.pooled @ self.head + self.head_bias)
        return self.probs

    def loss(self, x, y):
        p = self.forward(x)
        return -np.log(p[np.arange(len(y)), y]).mean()

    def backward(self, y):
        batch, steps, _ = self.mixed.shape
        dlogits = self.probs.copy()
        dlogits[np.arange(batch), y] -= 1
        dlogits /= batch
        self.dhead = self.pooled.T @ dlogits
        self.dhead_bias = dlogits.sum(axis=0)
        dpooled = dlogits @ self.head.T
        dmixed = np.repeat(dpooled[:, None, :], steps, axis=1) / steps
        dembedded = self.attention.backward(dmixed)
        draw = dembedded * (1 - self.embedded ** 2)
        self.dproj = np.einsum('bti,btj->ij', self.inp, draw)

    def apply(self, lr):
        att = self.attention
        self.head -= lr * self.dhead
        self.head_bias -= lr * self.dhead_bias
        self.proj -= lr * self.dproj
        att.Wq -= lr * att.dWq
        att.Wk -= lr * att.dWk
        att.Wv -= lr * att.dWv


if __name__ == "__main__":
    rng = np.random.default_rng(5)
    X = rng.standard_normal((20, 6, 5))
    y = X[:, :, 0].max(axis=1).argsort().argsort() // 7
    model = Classifier(5, 4, 3)
    for i in range(200):
        loss = model.loss(X, y)
        model.backward(y)
        model.apply(0.3)
        if i % 50 == 0:
            print(i, round(loss, 4))
