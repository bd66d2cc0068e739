import numpy as np

class Net:
    def __init__(self, ninputs, nhidden, noutputs):
        r = np.random.RandomState(31)
        self.wih = np.matrix(r.normal(0.0, ninputs ** -0.5, (nhidden, ninputs)))
        self.who = np.matrix(r.normal(0.0, nhidden ** -0.5, (noutputs, nhidden)))
        self.bh = np.matrix(r.normal(0.0, 0.1, (nhidden, 1)))
        self.bo = np.matrix(r.normal(0.0, 0.1, (noutputs, 1)))

    def act(self, m):
        return 1.0 / (1.0 + np.exp(-m))

    def query(self, x):
        h = self.act(self.wih * x + self.bh)
        return self.act(self.who * h + self.bo)

    def error(self, x, t):
        e = self.query(x) - t
        return 0.5 * np.multiply(e, e).sum()

    def gradients(self, x, t):
        zh = self.wih * x + self.bh
        h = self.act(zh)
        o = self.act(self.who * h + self.bo)
        d_o = np.multiply(o - t, np.multiply(o, 1 - o))
        g_who = d_o * h.T
        g_bo = d_o.sum(axis=1)
        d_h = np.multiply(self.who.T * d_o, np.multiply(h, 1 - h))
        g_wih = d_h * x.T
        g_bh = d_h.sum(axis=1)
        return g_wih, g_bh, g_who, g_bo

    def train(self, x, t, lr, epochs):
        for e in range(epochs):
            g_wih, g_bh, g_who, g_bo = self.gradients(x, t)
            self.wih = self.wih - lr * g_wih
            self.bh = self.bh - lr * g_bh
            self.who = self.who - lr * g_who
            self.bo = self.bo - lr * g_bo
            if e % 100 == 0:
                print("error %.4f" % self.error(x, t))

samples = np.random.RandomState(32).uniform(0.1, 0.9, (11, 3))
targets = np.hstack([(samples[:, :1] > samples[:, 1:2]) * 0.98 + 0.01, (samples[:, 2:] > 0.5) * 0.98 + 0.01])
net = Net(3, 4, 2)
net.train(np.matrix(samples).T, np.matrix(targets).T, 0.5, 300)
