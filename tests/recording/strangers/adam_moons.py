# two half moons, tanh, Adam with bias correction; the cost is an average over the columns
import numpy as np

np.random.seed(2)
m = 120
turn = np.random.rand(1, m) * np.pi
side = (np.arange(m) % 2).reshape(1, m)
points = np.vstack([np.cos(turn) * (1 - 2 * side) + side, np.sin(turn) * (1 - 2 * side) + side / 2])


def start(sizes):
    net = {}
    for l in range(1, len(sizes)):
        net['W%d' % l] = np.random.randn(sizes[l], sizes[l - 1]) / np.sqrt(sizes[l - 1])
        net['b%d' % l] = np.zeros((sizes[l], 1))
    return net


def run(net, A):
    hidden = np.tanh(net['W1'] @ A + net['b1'])
    return hidden, 1 / (1 + np.exp(-(net['W2'] @ hidden + net['b2'])))


def cost_of(out, Y):
    return float(-np.sum(Y * np.log(out) + (1 - Y) * np.log(1 - out)) / Y.shape[1])


def slopes(net, A, Y, hidden, out):
    n = Y.shape[1]
    back = out - Y
    front = net['W2'].T @ back * (1 - hidden ** 2)
    return {'W2': back @ hidden.T / n, 'b2': back.sum(1, keepdims=True) / n,
            'W1': front @ A.T / n, 'b1': front.sum(1, keepdims=True) / n}


def adam(net, g, first, second, t, lr=0.02, beta1=0.9, beta2=0.999, eps=1e-8):
    for k in net:
        first[k] = beta1 * first[k] + (1 - beta1) * g[k]
        second[k] = beta2 * second[k] + (1 - beta2) * g[k] ** 2
        up = first[k] / (1 - beta1 ** t)
        down = np.sqrt(second[k] / (1 - beta2 ** t)) + eps
        net[k] = net[k] - lr * up / down


def train(rounds):
    net = start([2, 6, 1])
    first = {k: np.zeros_like(v) for k, v in net.items()}
    second = {k: np.zeros_like(v) for k, v in net.items()}
    for t in range(1, rounds + 1):
        hidden, out = run(net, points)
        cost = cost_of(out, side)
        adam(net, slopes(net, points, side, hidden, out), first, second, t)
        if t % 50 == 0:
            print(t, cost)
    return net


train(300)
