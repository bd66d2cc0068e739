# backprop without any library, following the formulas of the lecture
from math import exp
from random import Random


def make_network(n_inputs, n_hidden, n_outputs, seed=1):
    r = Random(seed)
    hidden = [[r.uniform(-1, 1) for _ in range(n_inputs + 1)] for _ in range(n_hidden)]
    output = [[r.uniform(-1, 1) for _ in range(n_hidden + 1)] for _ in range(n_outputs)]
    return hidden, output


def squash(s):
    return 1.0 / (1.0 + exp(-s))


def weighted(weights, inputs):
    total = weights[-1]
    for i in range(len(inputs)):
        total += weights[i] * inputs[i]
    return total


def propagate(network, row):
    hidden, output = network
    h = []
    for neuron in hidden:
        h.append(squash(weighted(neuron, row)))
    o = []
    for neuron in output:
        o.append(squash(weighted(neuron, h)))
    return h, o


def train_row(network, row, expected, rate):
    hidden, output = network
    h, o = propagate(network, row)
    delta_o = []
    for k in range(len(o)):
        err = o[k] - expected[k]
        delta_o.append(err * o[k] * (1.0 - o[k]))
    delta_h = []
    for j in range(len(h)):
        err = 0.0
        for k in range(len(o)):
            err += output[k][j] * delta_o[k]
        delta_h.append(err * h[j] * (1.0 - h[j]))
    for k in range(len(output)):
        for j in range(len(h)):
            output[k][j] -= rate * delta_o[k] * h[j]
        output[k][-1] -= rate * delta_o[k]
    for j in range(len(hidden)):
        for i in range(len(row)):
            hidden[j][i] -= rate * delta_h[j] * row[i]
        hidden[j][-1] -= rate * delta_h[j]
    return sum([0.5 * (o[k] - expected[k]) ** 2 for k in range(len(o))])


dataset = [[2.7, 2.5, 0], [1.4, 2.3, 0], [3.3, 4.4, 0], [1.3, 1.8, 0], [3.0, 3.0, 0],
           [7.6, 2.7, 1], [5.3, 2.0, 1], [6.9, 1.7, 1], [8.6, -0.2, 1], [7.6, 3.5, 1]]
network = make_network(2, 3, 2)
for epoch in range(20):
    sum_error = 0
    for row in dataset:
        expected = [0.0, 0.0]
        expected[row[-1]] = 1.0
        sum_error += train_row(network, [v / 10 for v in row[:-1]], expected, 0.5)
    if epoch % 5 == 0:
        print('>epoch=%d, error=%.3f' % (epoch, sum_error))
