import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class VAE:
    def __init__(self, d, h, z):
        rs = np.random.RandomState(151)
        self.We = rs.randn(d, h) * 0.4
        self.Wm = rs.randn(h, z) * 0.4
        self.Ws = rs.randn(h, z) * 0.4
        self.Wd = rs.randn(z, h) * 0.4
        self.Wo = rs.randn(h, d) * 0.4

    def forward(self, x, noise):
        self.he = np.tanh(x @ self.We)
        self.mu = self.he @ self.Wm
        self.logvar = self.he @ self.Ws
        self.std = np.exp(0.5 * self.logvar)
        self.z = self.mu + self.std * noise
        self.hd = np.tanh(self.z @ self.Wd)
        self.out = sigmoid(self.hd @ self.Wo)
        return self.out

    def elbo_loss(self, x, out):
        n = x.shape[0]
        rec = -np.sum(x * np.log(out) + (1 - x) * np.log(1 - out)) / n
        kl = -0.5 * np.sum(1 + self.logvar - self.mu ** 2 - np.exp(self.logvar)) / n
        return rec + kl

    def backward(self, x, noise):
        n = x.shape[0]
        do = (self.out - x) / n
        gWo = self.hd.T @ do
        dhd = (do @ self.Wo.T) * (1 - self.hd ** 2)
        gWd = self.z.T @ dhd
        dz = dhd @ self.Wd.T
        dmu = dz + self.mu / n
        dlogvar = dz * noise * 0.5 * self.std + 0.5 * (np.exp(self.logvar) - 1) / n
        gWm = self.he.T @ dmu
        gWs = self.he.T @ dlogvar
        dhe = dmu @ self.Wm.T + dlogvar @ self.Ws.T
        gWe = x.T @ (dhe * (1 - self.he ** 2))
        return gWe, gWm, gWs, gWd, gWo


rs = np.random.RandomState(152)
data = (rs.rand(20, 8) > np.linspace(0.2, 0.8, 8)).astype(float)
vae = VAE(8, 6, 2)
for epoch in range(80):
    noise = rs.randn(20, 2)
    out = vae.forward(data, noise)
    loss = vae.elbo_loss(data, out)
    gWe, gWm, gWs, gWd, gWo = vae.backward(data, noise)
    vae.We -= 0.1 * gWe
    vae.Wm -= 0.1 * gWm
    vae.Ws -= 0.1 * gWs
    vae.Wd -= 0.1 * gWd
    vae.Wo -= 0.1 * gWo
    if epoch % 20 == 0:
        print(epoch, loss)
