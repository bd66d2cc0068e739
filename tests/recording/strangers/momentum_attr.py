import numpy as np


class MLP:
    def __init__(self, n_inputs, n_hidden, n_outputs):
        self.w1 = np.random.uniform(-1, 1, (n_inputs, n_hidden))
        self.w2 = np.random.uniform(-1, 1, (n_hidden, n_outputs))
        self.b1 = np.zeros(n_hidden)
        self.b2 = np.zeros(n_outputs)
        self.v = {'w1': 0, 'w2': 0, 'b1': 0, 'b2': 0}

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x.dot(self.w1) + self.b1)
        self.y = self.h.dot(self.w2) + self.b2
        return self.y

    def backward(self, t):
        n = t.shape[0]
        d = (self.y - t) * 2 / n
        self.dw2 = self.h.T.dot(d)
        self.db2 = d.sum(axis=0)
        dh = d.dot(self.w2.T) * (1 - self.h ** 2)
        self.dw1 = self.x.T.dot(dh)
        self.db1 = dh.sum(axis=0)

    def update(self, lr, momentum=0.9):
        for name in ('w1', 'w2', 'b1', 'b2'):
            self.v[name] = momentum * self.v[name] + getattr(self, 'd' + name)
            setattr(self, name, getattr(self, name) - lr * self.v[name])


def mse(y, t):
    return ((y - t) ** 2).sum() / len(t)


if __name__ == '__main__':
    np.random.seed(0)
    x = np.random.rand(64, 3) * 2 - 1
    t = np.c_[x[:, 0] * x[:, 1], np.sin(x[:, 2])]
    net = MLP(3, 12, 2)
    lr = 0.05
    epoch = 0
    best = 1e9
    while True:
        y = net.forward(x)
        net.backward(t)
        net.update(lr)
        epoch += 1
        lr = lr * 0.999
        if epoch % 100 == 0:
            e = mse(net.forward(x), t)
            print(epoch, e)
            if e > best or epoch > 1000:
                break
            best = e
