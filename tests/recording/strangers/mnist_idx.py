import gzip
import struct
import numpy as np


def load_images(filename):
    with gzip.open(filename, 'rb') as f:
        magic, n, rows, cols = struct.unpack('>IIII', f.read(16))
        return np.frombuffer(f.read(), dtype=np.uint8).reshape(n, rows * cols) / 255.0


def load_labels(filename):
    with gzip.open(filename, 'rb') as f:
        struct.unpack('>II', f.read(8))
        return np.frombuffer(f.read(), dtype=np.uint8)


train_images = load_images('data/train-images-idx3-ubyte.gz')
train_labels = load_labels('data/train-labels-idx1-ubyte.gz')
test_images = load_images('data/t10k-images-idx3-ubyte.gz')
test_labels = load_labels('data/t10k-labels-idx1-ubyte.gz')

layers = [784, 32, 10]
rng = np.random.default_rng(2)
W = [rng.standard_normal((a, b)) * np.sqrt(1 / a) for a, b in zip(layers, layers[1:])]
B = [np.zeros(b) for b in layers[1:]]
lr, batch = 0.5, 100


def forward(x):
    acts = [x]
    for i in range(len(W)):
        z = acts[-1] @ W[i] + B[i]
        if i == len(W) - 1:
            z = z - np.max(z, axis=1, keepdims=True)
            a = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
        else:
            a = 1 / (1 + np.exp(-z))
        acts.append(a)
    return acts


def accuracy(x, y):
    return (forward(x)[-1].argmax(axis=1) == y).mean()


for epoch in range(10):
    for start in range(0, len(train_images), batch):
        x = train_images[start:start + batch]
        y = train_labels[start:start + batch]
        acts = forward(x)
        delta = acts[-1].copy()
        delta[np.arange(len(y)), y] -= 1
        delta /= len(y)
        for i in reversed(range(len(W))):
            dW, dB = acts[i].T @ delta, delta.sum(axis=0)
            if i:
                delta = (delta @ W[i].T) * acts[i] * (1 - acts[i])
            W[i] -= lr * dW
            B[i] -= lr * dB
    print('epoch', epoch, 'test accuracy', accuracy(test_images, test_labels))
