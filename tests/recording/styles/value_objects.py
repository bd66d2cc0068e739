import math
import random

random.seed(16)


class Value:
    def __init__(self, data, children=(), op=""):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = children

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)
        out = Value(t, (self,), "tanh")

        def _backward():
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)

        build(self)
        self.grad = 1.0
        for node in reversed(topo):
            node._backward()

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other if isinstance(other, Value) else -other)

    __radd__, __rmul__ = __add__, __mul__


class Neuron:
    def __init__(self, numbers):
        *weights, bias = numbers
        self.w, self.b = [Value(number) for number in weights], Value(bias)

    def __call__(self, x):
        return sum((wi * xi for wi, xi in zip(self.w, x)), self.b).tanh()

    def parameters(self):
        return self.w + [self.b]


params = {"hidden": [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)], "output": [random.gauss(0, 1) for _ in range(5)]}
xs, ys = [[2.0, 3.0], [3.0, -1.0], [0.5, 1.0]], [1.0, -1.0, -1.0]


def network(params):
    return [Neuron(numbers) for numbers in params["hidden"]], Neuron(params["output"])


def total(hidden, output):
    losses = [output([neuron(x) for neuron in hidden]) - y for x, y in zip(xs, ys)]
    return sum((l * l for l in losses), Value(0.0))


def loss(params):
    return total(*network(params)).data


def gradients(params):
    hidden, output = network(params)
    total(hidden, output).backward()
    return {"hidden": [[p.grad for p in neuron.parameters()] for neuron in hidden], "output": [p.grad for p in output.parameters()]}
