import numpy as np


class DropoutNet:
    def __init__(self, sizes, keep_prob=0.8, learning_rate=0.1, momentum=0.9, seed=14):
        self.rng = np.random.default_rng(seed)
        self.keep_prob = keep_prob
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.w1 = self.rng.normal(size=(sizes[0], sizes[1])) * 0.5
        self.b1 = np.zeros(sizes[1])
        self.w2 = self.rng.normal(size=(sizes[1], sizes[2])) * 0.5
        self.b2 = np.zeros(sizes[2])
        self.w3 = self.rng.normal(size=(sizes[2], sizes[3])) * 0.5
        self.b3 = np.zeros(sizes[3])
        self.velocity = [np.zeros_like(p) for p in (self.w1, self.b1, self.w2, self.b2, self.w3, self.b3)]

    def forward(self, x, training=False):
        self.x = x
        self.h1 = np.tanh(x.dot(self.w1) + self.b1)
        if training:
            self.mask1 = (self.rng.random(self.h1.shape) < self.keep_prob) / self.keep_prob
            self.d1 = self.h1 * self.mask1
        else:
            self.d1 = self.h1
        self.h2 = np.tanh(self.d1.dot(self.w2) + self.b2)
        if training:
            self.mask2 = (self.rng.random(self.h2.shape) < self.keep_prob) / self.keep_prob
            self.d2 = self.h2 * self.mask2
        else:
            self.d2 = self.h2
        self.out = self.d2.dot(self.w3) + self.b3
        return self.out

    def mse(self, out, y):
        return ((out - y) ** 2).mean()

    def backward(self, y):
        dout = 2 * (self.out - y) / y.size
        dw3 = self.d2.T.dot(dout)
        db3 = dout.sum(axis=0)
        dd2 = dout.dot(self.w3.T)
        dh2 = dd2 * self.mask2
        dz2 = dh2 * (1 - self.h2 ** 2)
        dw2 = self.d1.T.dot(dz2)
        db2 = dz2.sum(axis=0)
        dd1 = dz2.dot(self.w2.T)
        dh1 = dd1 * self.mask1
        dz1 = dh1 * (1 - self.h1 ** 2)
        dw1 = self.x.T.dot(dz1)
        db1 = dz1.sum(axis=0)
        return [dw1, db1, dw2, db2, dw3, db3]

    def train_step(self, x, y):
        out = self.forward(x, training=True)
        loss = self.mse(out, y)
        grads = self.backward(y)
        params = [self.w1, self.b1, self.w2, self.b2, self.w3, self.b3]
        for i, (p, g) in enumerate(zip(params, grads)):
            self.velocity[i] = self.momentum * self.velocity[i] - self.learning_rate * g
            p += self.velocity[i]
        return loss


rng = np.random.default_rng(15)
x_train = rng.uniform(-2, 2, size=(40, 3))
y_train = np.stack([np.sin(x_train[:, 0]), x_train[:, 1] * x_train[:, 2]], axis=1)
net = DropoutNet([3, 8, 6, 2])
for epoch in range(100):
    loss = net.train_step(x_train, y_train)
    if epoch % 25 == 0:
        print(epoch, loss)
print("test mse", net.mse(net.forward(x_train), y_train))
