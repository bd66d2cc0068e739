from dataclasses import dataclass, field

import numpy as np

rng = np.random.default_rng(2)
X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
params = {"layer0.weight": rng.normal(size=(3, 4)), "layer0.bias": np.zeros(4), "layer2.weight": rng.normal(size=(4, 2))}


class Layer:
    def __call__(self, x):
        return self.forward(x)


@dataclass
class Linear(Layer):
    weight: np.ndarray
    bias: np.ndarray | None = None
    slopes: dict = field(default_factory=dict)

    def forward(self, x):
        self.x = x
        out = x @ self.weight
        if self.bias is not None:
            out += self.bias
        return out

    def backward(self, grad):
        self.slopes["weight"] = self.x.T @ grad
        if self.bias is not None:
            self.slopes["bias"] = grad.sum(0)
        return grad @ self.weight.T


class Sigmoid(Layer):
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class MeanSquaredError:
    @staticmethod
    def value(p, y):
        return ((p - y) ** 2).mean()

    @staticmethod
    def slope(p, y):
        return 2 * (p - y) / y.size


def build(params):
    return [Linear(params["layer0.weight"], params["layer0.bias"]), Sigmoid(), Linear(params["layer2.weight"])]


def run(layers, x):
    for layer in layers:
        x = layer(x)
    return x


def loss(params):
    return MeanSquaredError.value(run(build(params), X), Y)


def gradients(params):
    layers = build(params)
    grad = MeanSquaredError.slope(run(layers, X), Y)
    for layer in layers[::-1]:
        grad = layer.backward(grad)
    return {
        "layer0.weight": layers[0].slopes["weight"],
        "layer0.bias": layers[0].slopes["bias"],
        "layer2.weight": layers[2].slopes["weight"],
    }
