import numpy as np


class TiedAutoencoder:
    """decoder uses the transposed encoder weights"""

    def __init__(self, n_visible, n_hidden, rng=None):
        rng = rng or np.random.RandomState(1234)
        a = 4. * np.sqrt(6. / (n_visible + n_hidden))
        self.W = rng.uniform(-a, a, (n_visible, n_hidden)) * .25
        self.hbias = np.zeros(n_hidden)
        self.vbias = np.zeros(n_visible)

    def encode(self, x):
        return 1. / (1. + np.exp(-(np.dot(x, self.W) + self.hbias)))

    def decode(self, h):
        return 1. / (1. + np.exp(-(np.dot(h, self.W.T) + self.vbias)))

    def cost(self, x):
        z = self.decode(self.encode(x))
        return -np.mean(np.sum(x * np.log(z) + (1 - x) * np.log(1 - z), axis=1))

    def train(self, x, lr=0.5):
        n = x.shape[0]
        h = self.encode(x)
        z = self.decode(h)

        L_vbias = (z - x) / n
        L_hidden = np.dot(L_vbias, self.W)
        L_hbias = L_hidden * h * (1 - h)
        L_W = np.dot(x.T, L_hbias) + np.dot(L_vbias.T, h)

        self.W -= lr * L_W
        self.hbias -= lr * np.sum(L_hbias, axis=0)
        self.vbias -= lr * np.sum(L_vbias, axis=0)


if __name__ == "__main__":
    data = np.array([[1, 1, 1, 0, 0, 0, 1],
                     [1, 0, 1, 0, 0, 0, 1],
                     [1, 1, 1, 0, 0, 0, 0],
                     [0, 0, 1, 1, 1, 0, 0],
                     [0, 0, 1, 1, 0, 1, 0],
                     [0, 0, 1, 1, 1, 1, 0]])
    da = TiedAutoencoder(7, 4)
    for epoch in range(300):
        da.train(data)
        if epoch % 100 == 0:
            print("epoch", epoch, "cost", da.cost(data))
    print(da.decode(da.encode(data)).round(2))
