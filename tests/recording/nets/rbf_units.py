"""Radial basis functions, centres and widths are learned too."""
import numpy as np

rng = np.random.default_rng(111)
x = np.sort(rng.uniform(-3, 3, 31)).reshape(-1, 1)
t = np.sin(x) + 0.3 * np.cos(3 * x)

K = 7
centres = np.linspace(-3, 3, K)
gammas = np.full(K, 1.3)
weights = rng.normal(size=K) * 0.3
offset = 0.0


def basis(x):
    diff = x - centres
    return diff, np.exp(-gammas * diff ** 2)


history = []
for epoch in range(300):
    diff, phi = basis(x)
    y = phi @ weights + offset
    err = y - t[:, 0]
    history.append(np.mean(err ** 2) / 2)

    g = err / len(x)
    d_offset = g.sum()
    d_weights = phi.T @ g
    d_phi = np.outer(g, weights)
    d_exponent = d_phi * phi
    d_gammas = -(d_exponent * diff ** 2).sum(axis=0)
    d_centres = (d_exponent * 2 * gammas * diff).sum(axis=0)

    offset -= 0.2 * d_offset
    weights -= 0.2 * d_weights
    gammas -= 0.2 * d_gammas
    centres -= 0.2 * d_centres
print(history[0], history[-1])
