"""Networks as people write them in plain NumPy, each in its own arrangement of arrays, with mistakes to order.

Nothing of `runner` is used: the formulas are a textbook's. Rows are samples inside; `Plain.read` and `Plain.written`
go from the arrays that the outside sees to W (fan_in, fan_out), b (fan_out,) and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def softmax(z, axis=1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def elu(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


F = {
    "identity": (lambda z: z, lambda z: np.ones_like(z)),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "relu_1": (lambda z: np.maximum(z, 0), lambda z: (z >= 0) * 1.0),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "leaky_relu(0.2)": (lambda z: np.where(z > 0, z, 0.2 * z), lambda z: np.where(z > 0, 1.0, 0.2)),
    "leaky_relu(0.13)": (lambda z: np.where(z > 0, z, 0.13 * z), lambda z: np.where(z > 0, 1.0, 0.13)),
    "elu": (elu, lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))),
    "softplus": (lambda z: np.log(1 + np.exp(z)), sigmoid),
}

# How each style keeps W and b of a layer: its arrays from W (in, out) and b (out,), and the reverse.
STYLES = {
    "in_out": (lambda W, b: [W, b], lambda a: (a[0], a[1])),
    "in_out_row": (lambda W, b: [W, b[None, :]], lambda a: (a[0], a[1][0])),
    "out_in": (lambda W, b: [W.T, b], lambda a: (a[0].T, a[1])),
    "out_in_column": (lambda W, b: [W.T, b[:, None]], lambda a: (a[0].T, a[1][:, 0])),
    "first_row": (lambda W, b: [np.vstack([b, W])], lambda a: (a[0][1:], a[0][0])),
    "last_row": (lambda W, b: [np.vstack([W, b])], lambda a: (a[0][:-1], a[0][-1])),
    "first_column": (lambda W, b: [np.vstack([b, W]).T], lambda a: (a[0].T[1:], a[0].T[0])),
    "last_column": (lambda W, b: [np.vstack([W, b]).T], lambda a: (a[0].T[:-1], a[0].T[-1])),
    "no_bias": (lambda W, b: [W], lambda a: (a[0], np.zeros(a[0].shape[1]))),
    "no_bias_out_in": (lambda W, b: [W.T], lambda a: (a[0].T, np.zeros(a[0].shape[0]))),
}


@dataclass
class Plain:
    """A network with the functions of a black box.

    `order` is "layers" (W1, b1, W2, b2), "kinds" (W1, W2, b1, b2) or "reversed"; `loss_times` scales loss and gradient
    alike; `decay` is (factor, per_sample); `mistakes` are names of hooks below, some with a layer: "no_slope@1".
    """

    sizes: tuple
    hidden: str = "tanh"
    output: str = "sigmoid"
    loss_name: str = "binary_cross_entropy"
    reduction: str = "mean"
    style: str = "in_out"
    order: str = "layers"
    loss_times: float = 1.0
    epsilon: float = 0.0
    decay: float = 0.0
    decay_per_sample: bool = False
    decay_biases: bool = False
    subtracts: bool = False
    dtype: type = np.float64
    shows: str = "outputs"
    mistakes: tuple = ()
    memory: dict = field(default_factory=dict)

    @property
    def depth(self):
        return len(self.sizes) - 1

    @property
    def biased(self):
        return not self.style.startswith("no_bias")

    @property
    def names(self):
        hidden = self.hidden.split("+")
        return [*(hidden * self.depth)[: self.depth - 1], self.output]

    @property
    def shapes(self):
        Ws = [np.zeros(pair) for pair in zip(self.sizes, self.sizes[1:], strict=False)]
        return tuple(array.shape for array in self.written(Ws, [np.zeros(W.shape[1]) for W in Ws]))

    def written(self, Ws, bs):
        layers = [STYLES[self.style][0](W, b) for W, b in zip(Ws, bs, strict=True)]
        if self.order == "kinds":
            return [array for kind in zip(*layers, strict=True) for array in kind]
        flat = [array for layer in layers for array in layer]
        return flat[::-1] if self.order == "reversed" else flat

    def read(self, arrays):
        arrays = [np.asarray(array, dtype=self.dtype) for array in arrays]
        per = len(arrays) // self.depth
        if self.order == "reversed":
            arrays = arrays[::-1]
        if self.order == "kinds":
            layers = [arrays[i :: self.depth] for i in range(self.depth)]
        else:
            layers = [arrays[i * per : (i + 1) * per] for i in range(self.depth)]
        pairs = [STYLES[self.style][1](layer) for layer in layers]
        return [W for W, _ in pairs], [b for _, b in pairs]

    def has(self, name, layer=None):
        return name in self.mistakes or f"{name}@{layer}" in self.mistakes

    def forward(self, arrays, X):
        Ws, bs = self.read(arrays)
        if "stale_inputs" in self.mistakes:
            X = np.repeat(self.memory.setdefault("x", X[:1]), len(X), axis=0)
        A, As, Zs = np.asarray(X, dtype=self.dtype), [np.asarray(X, dtype=self.dtype)], []
        for at, (W, b, name) in enumerate(zip(Ws, bs, self.names, strict=True), 1):
            if self.has("bias_missing", at):
                b = 0 * b
            if self.subtracts or self.has("bias_subtracted", at):
                b = -b
            Z = A @ W + b
            if name == "softmax":
                A = softmax(Z, axis=0 if "softmax_over_batch" in self.mistakes else 1)
            else:
                A = F[name][0](Z)
                if self.has("twice", at):
                    A = F[name][0](A)
            if self.has("no_effect", at):
                A = Z
            Zs.append(Z)
            As.append(A)
            if self.has("feeds_z", at):
                As[-1] = A = Z
        return Ws, bs, Zs, As

    def divisor(self, n):
        return {"mean": n, "sum": 1, "all": n * self.sizes[-1]}[self.reduction]

    def loss(self, arrays, X, Y):
        Ws, bs, _, As = self.forward(arrays, X)
        A, n, eps = As[-1], len(X), self.epsilon
        if self.loss_name == "half_squared_error":
            S = 0.5 * np.sum((A - Y) ** 2)
        elif self.loss_name == "squared_error":
            S = np.sum((A - Y) ** 2)
        elif self.loss_name == "absolute_error":
            S = np.sum(np.abs(A - Y))
        elif self.loss_name == "binary_cross_entropy":
            S = -np.sum(Y * np.log(A + eps) + (1 - Y) * np.log(1 - A + eps))
        else:
            S = -np.sum(Y * np.log(A + eps))
        if "cross_terms" in self.mistakes:
            if self.loss_name == "categorical_cross_entropy":
                S = -np.sum(Y @ np.log(A).T)
            else:
                S = -np.sum(Y @ np.log(A).T + (1 - Y) @ np.log(1 - A).T)
        if "broadcast" in self.mistakes:
            S = np.mean((A - Y[:, 0]) ** 2) * (0.5 if self.loss_name == "half_squared_error" else 1) * self.divisor(n)
        S = S / self.divisor(n)
        if "loss_over_outputs" in self.mistakes:
            S = S / self.sizes[-1]
        if self.decay and "decay_not_in_loss" not in self.mistakes:
            squares = sum(np.sum(W**2) for W in Ws)
            if self.decay_biases:
                squares += sum(np.sum(b**2) for b in bs)
            S = S + 0.5 * self.decay / (n if self.decay_per_sample else 1) * squares
        value = S * self.loss_times
        return float(self.dtype(value))

    def output_delta(self, Zs, As, Y):
        A, eps, name = As[-1], self.epsilon, self.output
        if "residual" in self.mistakes:
            return A - Y
        if self.loss_name == "binary_cross_entropy" and name == "sigmoid" and not self.mistakes_at_output:
            return A - Y
        if self.loss_name == "categorical_cross_entropy" and name == "softmax" and not self.mistakes_at_output:
            return A * Y.sum(axis=1, keepdims=True) - Y
        dA = {
            "half_squared_error": lambda: A - Y,
            "squared_error": lambda: 2 * (A - Y),
            "absolute_error": lambda: np.sign(A - Y),
            "binary_cross_entropy": lambda: (1 - Y) / (1 - A + eps) - Y / (A + eps),
            "categorical_cross_entropy": lambda: -Y / (A + eps),
        }[self.loss_name]()
        return self.through(self.depth, dA, Zs, As)

    @property
    def mistakes_at_output(self):
        return any(m in ("elementwise_softmax",) or m.endswith(f"@{self.depth}") for m in self.mistakes)

    def through(self, at, dA, Zs, As):
        name, Z, A = self.names[at - 1], Zs[at - 1], As[at]
        if self.has("no_slope", at):
            return dA
        if self.has("slope_returns_z", at):
            return dA * Z
        if name == "softmax":
            if "elementwise_softmax" in self.mistakes:
                return dA * A * (1 - A)
            if "softmax_over_batch" in self.mistakes:
                return A * (dA - (dA * A).sum(axis=1, keepdims=True))
            return A * (dA - (dA * A).sum(axis=1, keepdims=True))
        f, slope = F[name]
        if self.has("slope_at_a", at):
            return dA * slope(f(Z))
        if self.has("formula_on_z", at):
            return dA * {"sigmoid": lambda z: z * (1 - z), "tanh": lambda z: 1 - z**2}[name](Z)
        if self.has("tanh_slope", at):
            return dA * (1 - np.tanh(Z) ** 2)
        if self.has("sigmoid_slope", at):
            return dA * sigmoid(Z) * (1 - sigmoid(Z))
        if self.has("relu_mask", at):
            return dA * (Z > 0)
        if self.has("neighbour_slope", at):
            return dA * slope(Zs[at - 2])
        return dA * slope(Z)

    def gradients(self, arrays, X, Y):
        Ws, bs, Zs, As = self.forward(arrays, X)
        n = len(X)
        if "stale_activations" in self.mistakes:
            As, Zs = self.memory.get("cache", (As, Zs))
        D = self.output_delta(Zs, As, Y) / self.divisor(n)
        dWs, dbs = [None] * self.depth, [None] * self.depth
        for at in range(self.depth, 0, -1):
            below = np.asarray(X, dtype=self.dtype) if at == 1 else As[at - 1]
            dWs[at - 1] = (As[at].T if self.has("own_output", at) else below.T) @ D
            dbs[at - 1] = D.sum(axis=0) * (-1 if self.subtracts else 1)
            if self.has("db_missing", at):
                dbs[at - 1] = 0 * dbs[at - 1]
            if self.has("db_summed", at):
                dbs[at - 1] = n * dbs[at - 1]
            if self.has("db_everything", at):
                dbs[at - 1] = np.full_like(dbs[at - 1], D.sum())
            if self.has("db_negated", at):
                dbs[at - 1] = -dbs[at - 1]
            if at > 1:
                W = Ws[at - 1]
                if self.has("not_transposed", at - 1):
                    back = W
                elif self.has("through_gradient", at - 1):
                    back = dWs[at - 1].T
                elif self.has("through_updated", at - 1):
                    back = (W - 0.3 * dWs[at - 1]).T
                elif self.has("through_neighbour", at - 1):
                    back = Ws[at - 2].T
                elif self.has("bias_leaks_last", at - 1):
                    back = np.vstack([W[1:], bs[at - 1]]).T
                elif self.has("bias_leaks_first", at - 1):
                    back = np.vstack([bs[at - 1], W[:-1]]).T
                else:
                    back = W.T
                D = self.through(at - 1, D @ back, Zs, As)
        times = self.loss_times
        for name, factor in {
            "times_n": n,
            "over_n": 1 / n,
            "double": 2.0,
            "half": 0.5,
            "over_k": 1 / self.sizes[-1],
            "ten_times": 10.0,
            "odd_times": 0.37,
            "over_features": n / self.sizes[0],
            "negated": -1.0,
        }.items():
            if name in self.mistakes:
                times = times * factor
        dWs, dbs = [dW * times for dW in dWs], [db * times for db in dbs]
        if self.decay and "decay_not_in_gradient" not in self.mistakes:
            factor = self.loss_times * self.decay / (n if self.decay_per_sample else 1)
            dWs = [dW + factor * W for dW, W in zip(dWs, Ws, strict=True)]
            if self.decay_biases:
                dbs = [db + factor * b for db, b in zip(dbs, bs, strict=True)]
        for at in range(1, self.depth + 1):
            if self.has("layer_negated", at):
                dWs[at - 1], dbs[at - 1] = -dWs[at - 1], -dbs[at - 1]
            if self.has("layer_zero", at):
                dWs[at - 1], dbs[at - 1] = 0 * dWs[at - 1], 0 * dbs[at - 1]
        found = self.written(dWs, dbs)
        if "returns_parameters" in self.mistakes:
            found = [np.array(array) for array in arrays]
        if "adds_up" in self.mistakes:
            found = [a + b for a, b in zip(found, self.memory.get("sum", [0.0] * len(found)), strict=True)]
            self.memory["sum"] = found
        if "call_before" in self.mistakes:
            found, self.memory["last"] = self.memory.get("last", found), found
        return [np.asarray(array, dtype=self.dtype) for array in found]

    def predict(self, arrays, X):
        _, _, Zs, As = self.forward(arrays, X)
        if self.shows == "nothing":
            return None
        if self.shows == "labels":
            return As[-1].argmax(axis=1) if self.sizes[-1] > 1 else (As[-1] > 0.5).astype(int)
        return {"outputs": As[-1], "logits": Zs[-1], "columns": As[-1].T}[self.shows]


def data_for(network, seed=0, n=9):
    """Samples and targets that fit a network's output."""
    rng = np.random.default_rng(seed)
    X, k = rng.normal(size=(n, network.sizes[0])), network.sizes[-1]
    if network.output == "softmax":
        return X, np.eye(k)[np.arange(n) % k]
    if "entropy" in network.loss_name:
        return X, (rng.random((n, k)) > 0.5).astype(float)
    return X, rng.normal(size=(n, k))


# What the catalogue calls each mistake; {at} is its layer.
CALLED = {
    "times_n": "gradient_not_averaged",
    "over_n": "gradient_averaged_twice",
    "double": "factor_two",
    "half": "factor_two=1/2",
    "over_k": "output_reduction_mismatch=1/k",
    "loss_over_outputs": "output_reduction_mismatch",
    "ten_times": "constant_scale",
    "odd_times": "constant_scale=0.37",
    "over_features": "batch_size_assumed=features",
    "negated": "sign_flipped",
    "residual": "gradient_of_another_loss",
    "cross_terms": "loss_cross_terms",
    "broadcast": "target_broadcast",
    "decay_not_in_loss": "weight_decay_not_in_loss",
    "decay_not_in_gradient": "weight_decay_not_in_gradient",
    "no_slope": "missing_activation_derivative",
    "slope_at_a": "derivative_at_activation",
    "formula_on_z": "derivative_formula_on_preactivation",
    "slope_returns_z": "derivative_returns_input",
    "sigmoid_slope": "wrong_activation_derivative={}sigmoid",
    "tanh_slope": "wrong_activation_derivative={}tanh",
    "relu_mask": "leaky_slope_mismatch",
    "neighbour_slope": "derivative_of_other_layer",
    "elementwise_softmax": "softmax_derivative_elementwise",
    "not_transposed": "weights_not_transposed",
    "through_gradient": "delta_uses_weight_gradient",
    "through_updated": "weights_updated_before_backprop",
    "through_neighbour": "delta_uses_neighbour_weights",
    "bias_leaks_last": "bias_leaks_into_delta",
    "bias_leaks_first": "bias_leaks_into_delta={}first",
    "own_output": "weight_gradient_uses_own_output",
    "layer_zero": "layer_not_updated",
    "layer_negated": "sign_flipped",
    "db_missing": "bias_gradient_missing",
    "db_summed": "bias_gradient_not_averaged",
    "db_everything": "bias_gradient_wrong_axis",
    "db_negated": "bias_sign_flipped={}gradient",
    "adds_up": "gradient_not_reset",
    "call_before": "stale_cache",
    "returns_parameters": "parameters_as_gradient",
    "feeds_z": "output_reads_preactivation",
    "no_effect": "relu_without_effect",
    "twice": "sigmoid_twice",
    "bias_missing": "bias_missing",
    "bias_subtracted": "bias_sign_flipped",
    "softmax_over_batch": "softmax_over_batch",
}


def called(mistake):
    """The catalogue's text for a mistake: "no_slope@1" is "missing_activation_derivative@1"."""
    name, _, layer = mistake.partition("@")
    base, _, value = CALLED[name].partition("=")
    value = value.removeprefix("{}")
    return f"{base}{'@' + layer if layer else ''}{'=' + value if value else ''}"


# Mistakes of one layer, and which layers they can be at in a network.
AT_LAYER = {
    "no_slope": lambda net, at: net.names[at - 1] != "identity",
    "slope_at_a": lambda net, at: net.names[at - 1] in ("sigmoid", "tanh", "softplus"),
    "formula_on_z": lambda net, at: net.names[at - 1] in ("sigmoid", "tanh"),
    "slope_returns_z": lambda net, at: net.names[at - 1] != "softmax",
    "sigmoid_slope": lambda net, at: net.names[at - 1] in ("tanh", "relu", "softplus", "elu"),
    "tanh_slope": lambda net, at: net.names[at - 1] in ("sigmoid", "relu"),
    "relu_mask": lambda net, at: net.names[at - 1].startswith("leaky"),
    "neighbour_slope": lambda net, at: (
        at > 1 and net.names[at - 1] not in ("identity", "softmax") and equal(net, at, at - 1)
    ),
    "not_transposed": lambda net, at: at < net.depth and net.sizes[at] == net.sizes[at + 1] > 1,
    "through_gradient": lambda net, at: at < net.depth,
    "through_updated": lambda net, at: at < net.depth,
    "through_neighbour": lambda net, at: at < net.depth and net.sizes[at - 1 : at + 1] == net.sizes[at : at + 2],
    "bias_leaks_last": lambda net, at: at < net.depth and net.biased,
    "bias_leaks_first": lambda net, at: at < net.depth and net.biased,
    "own_output": lambda net, at: net.sizes[at - 1] == net.sizes[at],
    "layer_zero": lambda net, at: True,
    "layer_negated": lambda net, at: True,
    "db_missing": lambda net, at: net.biased,
    "db_summed": lambda net, at: net.biased and net.reduction == "mean",
    "db_everything": lambda net, at: net.biased and net.sizes[at] > 1,
    "db_negated": lambda net, at: net.biased,
    "feeds_z": lambda net, at: at < net.depth and net.names[at - 1] in ("tanh", "sigmoid", "softplus"),
    "no_effect": lambda net, at: net.names[at - 1] == "relu",
    "twice": lambda net, at: net.names[at - 1] in ("sigmoid", "tanh"),
    "bias_missing": lambda net, at: net.biased,
    "bias_subtracted": lambda net, at: net.biased,
}
# Mistakes of the whole, and the networks they can be made in.
WHOLE = {
    "times_n": lambda net: net.reduction == "mean",
    "over_n": lambda net: net.reduction == "mean",
    "double": lambda net: net.sizes[-1] != 2,
    "half": lambda net: net.sizes[-1] != 2 and (net.loss_name, net.output) != ("squared_error", "identity"),
    "over_k": lambda net: net.sizes[-1] > 1,
    "loss_over_outputs": lambda net: net.sizes[-1] > 1,
    "ten_times": lambda net: True,
    "odd_times": lambda net: True,
    "over_features": lambda net: net.reduction == "mean",
    "negated": lambda net: True,
    "residual": lambda net: "squared" in net.loss_name and net.output != "identity",
    "cross_terms": lambda net: "entropy" in net.loss_name,
    "broadcast": lambda net: net.sizes[-1] == 1 and "squared" in net.loss_name,
    "decay_not_in_loss": lambda net: net.decay > 0,
    "decay_not_in_gradient": lambda net: net.decay > 0,
    "elementwise_softmax": lambda net: net.output == "softmax",
    "softmax_over_batch": lambda net: net.output == "softmax",
    "adds_up": lambda net: True,
    "call_before": lambda net: True,
    "returns_parameters": lambda net: True,
}


def equal(net, at, other):
    return 1 <= other <= net.depth and net.sizes[at] == net.sizes[other]


def mistakes_of(net):
    """Every mistake that can be made in a network, at each of its layers."""
    yield from (name for name, fits in WHOLE.items() if fits(net))
    yield from (f"{name}@{at}" for name, fits in AT_LAYER.items() for at in range(1, net.depth + 1) if fits(net, at))
