import numpy as np
rng = np.random.RandomState(1)
n_in, n_h, n_out, T, B = 4, 5, 2, 4, 6
X = rng.randn(T, B, n_in)
y = rng.randint(0, n_out, B)
Wz, Wr, Wh = (rng.randn(n_in, n_h) * .4 for _ in range(3))
Uz, Ur, Uh = (rng.randn(n_h, n_h) * .4 for _ in range(3))
V = rng.randn(n_h, n_out) * .4
sigma = lambda a: 1 / (1 + np.exp(-a))

for it in range(60):
    h = np.zeros((B, n_h))
    tape = []
    for t in range(T):
        z = sigma(X[t] @ Wz + h @ Uz)
        r = sigma(X[t] @ Wr + h @ Ur)
        c = np.tanh(X[t] @ Wh + (r * h) @ Uh)
        tape.append((h, z, r, c))
        h = (1 - z) * h + z * c
    s = h @ V
    s -= s.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    nll = -logp[np.arange(B), y].mean()

    ds = np.exp(logp); ds[np.arange(B), y] -= 1; ds /= B
    gV = h.T @ ds
    dh = ds @ V.T
    gWz, gWr, gWh, gUz, gUr, gUh = (np.zeros_like(w) for w in (Wz, Wr, Wh, Uz, Ur, Uh))
    for t in range(T - 1, -1, -1):
        hp, z, r, c = tape[t]
        dz = dh * (c - hp) * z * (1 - z)
        dc = dh * z * (1 - c * c)
        drh = dc @ Uh.T
        dr = drh * hp * r * (1 - r)
        gWz += X[t].T @ dz; gUz += hp.T @ dz
        gWr += X[t].T @ dr; gUr += hp.T @ dr
        gWh += X[t].T @ dc; gUh += (r * hp).T @ dc
        dh = dh * (1 - z) + drh * r + dz @ Uz.T + dr @ Ur.T
    for P, g in zip((Wz, Wr, Wh, Uz, Ur, Uh, V), (gWz, gWr, gWh, gUz, gUr, gUh, gV)):
        P -= 0.3 * g
    if it % 20 == 0: print(it, nll)
