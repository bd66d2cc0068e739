import numpy as np

D, H, T = 3, 4, 6
rng = np.random.default_rng(21)

theta = dict(
    Wz=rng.normal(0, .5, (D, H)), Uz=rng.normal(0, .5, (H, H)), bz=np.zeros(H),
    Wr=rng.normal(0, .5, (D, H)), Ur=rng.normal(0, .5, (H, H)), br=np.zeros(H),
    Wh=rng.normal(0, .5, (D, H)), Uh=rng.normal(0, .5, (H, H)), bh=np.zeros(H),
    V=rng.normal(0, .5, (H, 1)), c=np.zeros(1),
)


def sigm(a):
    return 1. / (1. + np.exp(-a))


def gru_forward(x, p):
    """x: (batch, time, features)"""
    h = np.zeros((x.shape[0], H))
    steps = []
    for t in range(x.shape[1]):
        xt = x[:, t]
        z = sigm(xt @ p['Wz'] + h @ p['Uz'] + p['bz'])
        r = sigm(xt @ p['Wr'] + h @ p['Ur'] + p['br'])
        cand = np.tanh(xt @ p['Wh'] + (r * h) @ p['Uh'] + p['bh'])
        h_new = (1 - z) * h + z * cand
        steps.append((xt, h, z, r, cand))
        h = h_new
    prob = sigm(h @ p['V'] + p['c'])
    return prob, h, steps


def bce(prob, target):
    return -np.mean(target * np.log(prob) + (1 - target) * np.log(1 - prob))


def gru_backward(prob, target, h_last, steps, p):
    g = {k: np.zeros_like(v) for k, v in p.items()}
    da = (prob - target) / len(target)
    g['V'] = h_last.T @ da
    g['c'] = da.sum(0)
    dh = da @ p['V'].T
    for xt, h, z, r, cand in reversed(steps):
        dz = dh * (cand - h)
        dcand = dh * z
        dh_prev = dh * (1 - z)

        dac = dcand * (1 - cand ** 2)
        g['Wh'] += xt.T @ dac
        g['Uh'] += (r * h).T @ dac
        g['bh'] += dac.sum(0)
        drh = dac @ p['Uh'].T
        dr = drh * h
        dh_prev += drh * r

        dar = dr * r * (1 - r)
        g['Wr'] += xt.T @ dar
        g['Ur'] += h.T @ dar
        g['br'] += dar.sum(0)
        dh_prev += dar @ p['Ur'].T

        daz = dz * z * (1 - z)
        g['Wz'] += xt.T @ daz
        g['Uz'] += h.T @ daz
        g['bz'] += daz.sum(0)
        dh_prev += daz @ p['Uz'].T

        dh = dh_prev
    return g


x = rng.normal(size=(16, T, D))
target = (x[:, :, 0].sum(axis=1, keepdims=True) > 0).astype(float)
for epoch in range(100):
    prob, h_last, steps = gru_forward(x, theta)
    if epoch % 20 == 0:
        print(epoch, bce(prob, target))
    grads = gru_backward(prob, target, h_last, steps, theta)
    for k in theta:
        theta[k] -= 0.5 * grads[k]
