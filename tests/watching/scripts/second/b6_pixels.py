import numpy as np
rs = np.random.RandomState(2)
proto = rs.randint(0, 256, (4, 30)); lab = rs.randint(0, 4, 200)
images = np.clip(proto[lab] + rs.randint(-30, 30, (200, 30)), 0, 255).astype(float)
onehot = np.eye(4)[lab]
params = {"W1": rs.randn(30, 16) * 0.1, "b1": np.zeros(16), "W2": rs.randn(16, 4) * 0.1, "b2": np.zeros(4)}
def forward(x):
    h = 1 / (1 + np.exp(-(x @ params["W1"] + params["b1"])))
    s = h @ params["W2"] + params["b2"]
    e = np.exp(s - s.max(1, keepdims=True))
    return h, e / e.sum(1, keepdims=True)
for epoch in range(400):
    h, p = forward(images)
    loss = -np.mean(np.log(p[np.arange(200), lab] + 1e-9))
    d = (p - onehot) / 200
    dh = d @ params["W2"].T * h * (1 - h)
    grads = {"W2": h.T @ d, "b2": d.sum(0), "W1": images.T @ dh, "b1": dh.sum(0)}
    for k in params: params[k] -= 0.5 * grads[k]
    if epoch % 100 == 0: print(epoch, loss)
