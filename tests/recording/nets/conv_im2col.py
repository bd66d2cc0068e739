import numpy as np


def im2col(x, k, pad):
    """(N, C, H, W) -> (N*H*W, C*k*k), stride one, same size."""
    n, c, h, w = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    col = np.zeros((n, c, k, k, h, w))
    for i in range(k):
        for j in range(k):
            col[:, :, i, j] = xp[:, :, i:i + h, j:j + w]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(n * h * w, -1)


def col2im(col, shape, k, pad):
    n, c, h, w = shape
    col = col.reshape(n, h, w, c, k, k).transpose(0, 3, 4, 5, 1, 2)
    xp = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(k):
        for j in range(k):
            xp[:, :, i:i + h, j:j + w] += col[:, :, i, j]
    return xp[:, :, pad:pad + h, pad:pad + w]


class Convolution:
    def __init__(self, W, b):
        self.W = W
        self.b = b

    def forward(self, x):
        FN, C, k, _ = self.W.shape
        self.x_shape = x.shape
        self.pad = k // 2
        n, _, h, w = x.shape
        self.col = im2col(x, k, self.pad)
        self.col_W = self.W.reshape(FN, -1).T
        out = self.col @ self.col_W + self.b
        return out.reshape(n, h, w, FN).transpose(0, 3, 1, 2)

    def backward(self, dout):
        FN, C, k, _ = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(dout, axis=0)
        self.dW = (self.col.T @ dout).T.reshape(FN, C, k, k)
        dcol = dout @ self.col_W.T
        return col2im(dcol, self.x_shape, k, self.pad)


class Relu:
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class Affine:
    def __init__(self, W, b):
        self.W = W
        self.b = b

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(x.shape[0], -1)
        return self.x @ self.W + self.b

    def backward(self, dout):
        dx = dout @ self.W.T
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0)
        return dx.reshape(self.shape)


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        x = x - x.max(axis=1, keepdims=True)
        self.y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return -np.sum(np.log(self.y[np.arange(len(t)), t])) / len(t)

    def backward(self):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dx / len(self.t)


class SimpleConvNet:
    def __init__(self):
        rs = np.random.RandomState(0)
        self.params = {
            'W1': 0.3 * rs.randn(3, 2, 3, 3), 'b1': 0.1 * rs.randn(3),
            'W2': 0.3 * rs.randn(4, 3, 3, 3), 'b2': 0.1 * rs.randn(4),
            'W3': 0.3 * rs.randn(4 * 5 * 4, 3), 'b3': np.zeros(3),
        }
        self.conv1 = Convolution(self.params['W1'], self.params['b1'])
        self.conv2 = Convolution(self.params['W2'], self.params['b2'])
        self.affine = Affine(self.params['W3'], self.params['b3'])
        self.layers = [self.conv1, Relu(), self.conv2, Relu(), self.affine]
        self.last = SoftmaxWithLoss()

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return {
            'W1': self.conv1.dW, 'b1': self.conv1.db,
            'W2': self.conv2.dW, 'b2': self.conv2.db,
            'W3': self.affine.dW, 'b3': self.affine.db,
        }


rs = np.random.RandomState(1)
x_train = rs.randn(7, 2, 5, 4)
t_train = rs.randint(0, 3, 7)
net = SimpleConvNet()
for step in range(10):
    grads = net.gradient(x_train, t_train)
    for key in net.params:
        net.params[key] -= 0.1 * grads[key]
print(net.loss(x_train, t_train))
