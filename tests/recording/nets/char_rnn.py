"""Character level vanilla rnn on a small text."""
import numpy as np

text = "the quick brown fox jumps over the lazy dog and the dog sleeps on"
chars = sorted(set(text))
vocab = len(chars)
char_to_ix = {c: i for i, c in enumerate(chars)}

hidden_size = 10
seq_length = 7
learning_rate = 1e-1

rs = np.random.RandomState(4)
w_xh = rs.randn(hidden_size, vocab) * 0.3
w_hh = rs.randn(hidden_size, hidden_size) * 0.3
w_hy = rs.randn(vocab, hidden_size) * 0.3
b_h = np.zeros((hidden_size, 1))
b_y = np.zeros((vocab, 1))


def loss_and_grads(inputs, targets, h_prev):
    xs, hs, ps = {}, {}, {}
    hs[-1] = np.copy(h_prev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((vocab, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(w_xh, xs[t]) + np.dot(w_hh, hs[t - 1]) + b_h)
        ys = np.dot(w_hy, hs[t]) + b_y
        ps[t] = np.exp(ys) / np.sum(np.exp(ys))
        loss += -np.log(ps[t][targets[t], 0])

    d_xh, d_hh, d_hy = np.zeros_like(w_xh), np.zeros_like(w_hh), np.zeros_like(w_hy)
    d_bh, d_by = np.zeros_like(b_h), np.zeros_like(b_y)
    dh_next = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        d_hy += np.dot(dy, hs[t].T)
        d_by += dy
        dh = np.dot(w_hy.T, dy) + dh_next
        dh_raw = (1 - hs[t] * hs[t]) * dh
        d_bh += dh_raw
        d_xh += np.dot(dh_raw, xs[t].T)
        d_hh += np.dot(dh_raw, hs[t - 1].T)
        dh_next = np.dot(w_hh.T, dh_raw)
    return loss, d_xh, d_hh, d_hy, d_bh, d_by, hs[len(inputs) - 1]


n, p = 0, 0
m_xh, m_hh, m_hy = np.zeros_like(w_xh), np.zeros_like(w_hh), np.zeros_like(w_hy)
m_bh, m_by = np.zeros_like(b_h), np.zeros_like(b_y)
while n < 200:
    if p + seq_length + 1 >= len(text) or n == 0:
        h_prev = np.zeros((hidden_size, 1))
        p = 0
    inputs = [char_to_ix[c] for c in text[p:p + seq_length]]
    targets = [char_to_ix[c] for c in text[p + 1:p + seq_length + 1]]
    loss, d_xh, d_hh, d_hy, d_bh, d_by, h_prev = loss_and_grads(inputs, targets, h_prev)
    if n % 50 == 0:
        print("iter", n, "loss", loss)
    for param, dparam, mem in zip([w_xh, w_hh, w_hy, b_h, b_y],
                                  [d_xh, d_hh, d_hy, d_bh, d_by],
                                  [m_xh, m_hh, m_hy, m_bh, m_by]):
        mem += dparam * dparam
        param += -learning_rate * dparam / np.sqrt(mem + 1e-8)
    p += seq_length
    n += 1
