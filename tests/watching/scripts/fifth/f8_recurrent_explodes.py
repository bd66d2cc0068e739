import numpy as np
np.random.seed(5)
T, N, H = 20, 40, 10
seq = np.random.randn(T, N, 1)
target = seq.sum(axis=0) * 0.1
Wx = np.random.randn(1, H) * 0.2
Wh = np.eye(H) * 1.8
Wy = np.random.randn(H, 1) * 0.2
lr = 0.005
for it in range(400):
    hs = [np.zeros((N, H))]
    for t in range(T):
        hs.append(seq[t] @ Wx + hs[-1] @ Wh)
    out = hs[-1] @ Wy
    loss = np.mean((out - target) ** 2)
    if it % 100 == 0:
        print(it, loss)
    dout = 2 * (out - target) / N
    dWy = hs[-1].T @ dout
    dh = dout @ Wy.T
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    for t in reversed(range(T)):
        dWx += seq[t].T @ dh
        dWh += hs[t].T @ dh
        dh = dh @ Wh.T
    Wx -= lr * dWx
    Wh -= lr * dWh
    Wy -= lr * dWy
