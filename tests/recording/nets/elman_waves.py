"""Predict the next value of a wave with a vanilla RNN, after min-char-rnn."""
import numpy as np

np.random.seed(3)
hidden_size, seq_length, learning_rate = 7, 6, 0.01
wave = np.sin(np.arange(60) * 0.5) + 0.1 * np.random.randn(60)

Wxh = np.random.randn(hidden_size, 1) * 0.5
Whh = np.random.randn(hidden_size, hidden_size) * 0.4
Why = np.random.randn(1, hidden_size) * 0.5
bh = np.zeros((hidden_size, 1))
by = np.zeros((1, 1))


def lossFun(inputs, targets, hprev):
    xs, hs, ys = {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.array([[inputs[t]]])
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        loss += 0.5 * np.sum((ys[t] - targets[t]) ** 2)
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = ys[t] - targets[t]
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs) - 1]


n, p = 0, 0
while n < 200:
    if p + seq_length + 1 >= len(wave) or n == 0:
        hprev = np.zeros((hidden_size, 1))
        p = 0
    inputs = wave[p:p + seq_length]
    targets = wave[p + 1:p + seq_length + 1]
    loss, dWxh, dWhh, dWhy, dbh, dby, hprev = lossFun(inputs, targets, hprev)
    if n % 50 == 0:
        print('iter %d, loss: %f' % (n, loss))
    for param, dparam in zip([Wxh, Whh, Why, bh, by], [dWxh, dWhh, dWhy, dbh, dby]):
        param -= learning_rate * dparam
    p += seq_length
    n += 1
