import random

import numpy as np


def logistic(v):
    return 1.0 / (1.0 + np.exp(-v))


def logistic_slope(v):
    return logistic(v) * (1 - logistic(v))


class DigitNet(object):

    def __init__(self, shape):
        gen = np.random.RandomState(7)
        self.depth = len(shape) - 1
        self.thresholds = []
        self.links = []
        for below, above in zip(shape[:-1], shape[1:]):
            self.links.append(gen.randn(above, below) / np.sqrt(below))
            self.thresholds.append(gen.randn(above, 1))

    def answer(self, signal):
        for t, w in zip(self.thresholds, self.links):
            signal = logistic(np.dot(w, signal) + t)
        return signal

    def learn_all(self, samples, rounds, group, eta):
        for r in range(rounds):
            random.shuffle(samples)
            for start in range(0, len(samples), group):
                self.learn_group(samples[start:start + group], eta)
            print("round", r, "done")

    def learn_group(self, samples, eta):
        total_t = [np.zeros(t.shape) for t in self.thresholds]
        total_w = [np.zeros(w.shape) for w in self.links]
        for x, y in samples:
            part_t, part_w = self.errors_of(x, y)
            for k in range(self.depth):
                total_t[k] += part_t[k]
                total_w[k] += part_w[k]
        rate = eta / len(samples)
        self.links = [w - rate * s for w, s in zip(self.links, total_w)]
        self.thresholds = [t - rate * s for t, s in zip(self.thresholds, total_t)]

    def errors_of(self, x, y):
        part_t = [None] * self.depth
        part_w = [None] * self.depth
        signals = [x]
        sums = []
        for t, w in zip(self.thresholds, self.links):
            sums.append(np.dot(w, signals[-1]) + t)
            signals.append(logistic(sums[-1]))
        delta = (signals[-1] - y) * logistic_slope(sums[-1])
        part_t[-1] = delta
        part_w[-1] = np.dot(delta, signals[-2].transpose())
        for k in range(2, self.depth + 1):
            delta = np.dot(self.links[-k + 1].transpose(), delta) * logistic_slope(sums[-k])
            part_t[-k] = delta
            part_w[-k] = np.dot(delta, signals[-k - 1].transpose())
        return part_t, part_w

    def score(self, samples):
        return sum(int(np.argmax(self.answer(x)) == np.argmax(y)) for x, y in samples)


if __name__ == '__main__':
    random.seed(5)
    gen = np.random.RandomState(8)
    samples = []
    for k in range(24):
        x = gen.uniform(0, 1, (4, 1))
        x[k % 3] += 1
        y = np.zeros((3, 1))
        y[k % 3] = 1.0
        samples.append((x, y))
    net = DigitNet([4, 6, 5, 3])
    net.learn_all(samples, 10, 6, 3.0)
    print(net.score(samples), "of", len(samples))
