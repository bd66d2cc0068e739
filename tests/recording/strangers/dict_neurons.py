# two kinds of beans by length and weight, neurons as dicts, one bean after another
import math
import random

random.seed(4)
beans = [([2.7, 2.5], 0), ([1.4, 2.3], 0), ([3.3, 4.4], 0), ([7.6, 2.7], 1), ([5.3, 2.0], 1), ([6.9, 1.7], 1)]


def make(fan_in):
    return {'w': [random.uniform(-1, 1) for _ in range(fan_in)], 'bias': random.uniform(-1, 1)}


hidden = [make(2), make(2), make(2)]
output = [make(3), make(3)]


def fire(neuron, values):
    s = neuron['bias']
    for w, v in zip(neuron['w'], values):
        s += w * v
    neuron['y'] = 1 / (1 + math.exp(-s))
    return neuron['y']


def correct(neuron, values, rate):
    for i, v in enumerate(values):
        neuron['w'][i] -= rate * neuron['d'] * v
    neuron['bias'] -= rate * neuron['d']


def learn(rate, rounds):
    for turn in range(rounds):
        sum_error = 0
        for sizes, kind in beans:
            middle = [fire(n, sizes) for n in hidden]
            out = [fire(n, middle) for n in output]
            want = [0, 0]
            want[kind] = 1
            sum_error += sum((t - o) ** 2 for t, o in zip(want, out))
            for n, t in zip(output, want):
                n['d'] = (n['y'] - t) * n['y'] * (1 - n['y'])
            for j, n in enumerate(hidden):
                back = 0
                for above in output:
                    back += above['w'][j] * above['d']
                n['d'] = back * n['y'] * (1 - n['y'])
            for n in output:
                correct(n, middle, rate)
            for n in hidden:
                correct(n, sizes, rate)
        print(turn, sum_error)


learn(0.4, 30)
