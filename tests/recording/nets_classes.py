"""Networks of the corpus that are a class or functions: dense layers, written in many ways."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, binary, copied, moved, numbered, sigmoid
from nets_types import Fault, Net, Observed, Program


def _moons_oracle(program: Program) -> list[Observed]:
    net = program.run(name="net")["NeuralNetwork"](2, 5, 4, lr=0.1)
    names = ["W1", "b1", "W2", "b2", "W3", "b3"]
    found = []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        X, y = g.normal(size=(9 + seed, 2)), g.integers(0, 2, (9 + seed, 1))
        before = copied(names, net)
        said = float(net.compute_loss(y, net.forward(X)))
        net.train(X, y, epochs=1)

        def loss(p: Arrays, X: Any = X, y: Any = y) -> float:
            a = np.tanh(np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
            return float(binary(sigmoid(a @ p["W3"] + p["b3"]), y).mean())

        found.append(Observed(before, moved(before, copied(names, net), 0.1), loss, said))
    return found


MOONS = Net(
    "moons_mlp.py",
    "MLP class",
    _moons_oracle,
    (
        Fault("sum_for_activation", "backward", "np.dot(self.a1.T, dz2)", "np.dot(self.z1.T, dz2)"),
        Fault("slope_at_sum", "backward", "da2 * (1 - self.a2 ** 2)", "da2 * (1 - self.z2 ** 2)",
              "derivative_formula_on_preactivation"),
        Fault("slope_of_sigmoid", "backward", "da1 * (1 - self.a1 ** 2)", "da1 * self.a1 * (1 - self.a1)",
              "wrong_activation_derivative"),
        Fault("slope_missing_square", "backward", "dz1 = da1 * (1 - self.a1 ** 2)", "dz1 = da1 * (1 - self.a1)"),
        Fault("sum_over_everything", "backward", "self.db2 = np.sum(dz2, axis=0, keepdims=True) / m",
              "self.db2 = np.sum(dz2) / m", "bias_gradient_wrong_axis"),
        Fault("number_of_features", "backward", "    def backward(self, X, y):\n        m = X.shape[0]",
              "    def backward(self, X, y):\n        m = X.shape[1]", "batch_size_assumed"),
        Fault("other_bias", "update", "self.b2 -= self.lr * self.db2", "self.b2 -= self.lr * self.db3"),
        Fault("reads_the_sum", "forward", "np.dot(self.a1, self.W2)", "np.dot(self.z1, self.W2)",
              "output_reads_preactivation"),
        Fault("minus_lost", "loss", "loss = -(1 / m)", "loss = (1 / m)"),
    ),
)  # fmt: skip


def _deep_loss(X: Any, Y: Any, p: Arrays) -> float:
    A = X
    for k in (1, 2, 3):
        Z = p[f"W{k}"] @ A + p[f"b{k}"]
        A = np.maximum(Z, 0) if k < 3 else sigmoid(Z)
    return float(binary(A, Y).mean())


def _deep_oracle(program: Program) -> list[Observed]:
    found = []
    for count in (1, 2):
        spaces = [program.run(("print_cost=True)", f"num_iterations={k})")) for k in (count - 1, count)]
        X, Y = spaces[0]["train_x"], spaces[0]["train_y"]
        before, after = (copied(space["params"], space["params"]) for space in spaces)
        found.append(Observed(before, moved(before, after, 0.0075), lambda p, X=X, Y=Y: _deep_loss(X, Y, p),
                              float(spaces[1]["costs"][-1])))  # fmt: skip
    return found


DEEP_FUNCTIONS = Net(
    "deep_functions.py",
    "functions with params dict and cache",
    _deep_oracle,
    (
        Fault("mask_by_gradient", "backward", "dZ[Z <= 0] = 0", "dZ[dZ <= 0] = 0"),
        Fault("mask_turned", "backward", "dZ[Z <= 0] = 0", "dZ[Z > 0] = 0"),
        Fault("slope_left_out", "backward", "return dA * s * (1 - s)", "return dA * s",
              "wrong_activation_derivative"),
        Fault("bias_sum_without_m", "backward", "db = 1. / m * np.sum(dZ, axis=1, keepdims=True)",
              "db = np.sum(dZ, axis=1, keepdims=True)", "bias_gradient_not_averaged"),
        Fault("delta_forgets_slope", "backward", "dA_prev = np.dot(W.T, dZ)", "dA_prev = np.dot(W.T, dA)",
              "missing_activation_derivative"),
        Fault("plus_for_minus", "backward",
              "np.divide(Y, A_out) - np.divide(1 - Y", "np.divide(Y, A_out) + np.divide(1 - Y"),
        Fault("forward_once", "backward",
              "    for i in range(num_iterations):\n        A_out, memory = net_forward(X, params)\n",
              "    A_out, memory = net_forward(X, params)\n    for i in range(num_iterations):\n", "stale_cache"),
        Fault("index_by_one", "update", "params['b' + str(k + 1)] - learning_rate * grads['db' + str(k + 1)]",
              "params['b' + str(k + 1)] - learning_rate * grads['db' + str(n_layers)]"),
    ),
)  # fmt: skip


def _layers_oracle(program: Program) -> list[Observed]:
    space = program.run(("train(network, MeanSquaredError(), X, Y)\n", "\n"), cut="print(run(")
    network, (X, Y) = space["network"], (space["X"], space["Y"])

    def now() -> Arrays:
        return numbered(W=[one.kernel for one in network[::2]], b=[one.shift for one in network[::2]])

    found = []
    for start in (0, 6):
        x, y = X[start : start + 5], Y[start : start + 5]

        def loss(p: Arrays, x: Any = x, y: Any = y) -> float:
            a = np.tanh(np.tanh(x @ p["W0"] + p["b0"]) @ p["W1"] + p["b1"])
            return float(((sigmoid(a @ p["W2"] + p["b2"]) - y) ** 2).mean())

        before = now()
        criterion = space["MeanSquaredError"]()
        said = float(criterion.value(space["run"](network, x), y))
        space["train"](network, criterion, x, y, epochs=1, eta=0.5)
        found.append(Observed(before, moved(before, now(), 0.5), loss, said))
    return found


LAYER_OBJECTS = Net(
    "layer_objects.py",
    "layer objects with outside train()",
    _layers_oracle,
    (
        Fault("slope_without_square", "backward", "lambda x: 1 - np.tanh(x) ** 2", "lambda x: 1 - np.tanh(x)"),
        Fault("slope_at_input", "backward", "lambda x: 1 - np.tanh(x) ** 2", "lambda x: 1 - x ** 2",
              "derivative_formula_on_preactivation"),
        Fault("keeps_the_output", "backward", "        self.inp = inp\n        return self.f(inp)",
              "        self.inp = self.f(inp)\n        return self.inp", "derivative_at_activation"),
        Fault("mean_for_sum", "backward", "self.shift_grad = up.sum(axis=0)", "self.shift_grad = up.mean(axis=0)"),
        Fault("squashed_twice", "backward", "return s * (1 - s)", "return sigmoid(s) * (1 - sigmoid(s))",
              "derivative_at_activation"),
        Fault("divided_by_rows", "backward", "2 * (guess - truth) / guess.size", "2 * (guess - truth) / len(guess)",
              "output_reduction_mismatch"),
        Fault("assigned", "update", "self.shift -= eta * self.shift_grad", "self.shift = -eta * self.shift_grad"),
        Fault("first_layer_left_out", "update", "for layer in network:\n                layer.learn",
              "for layer in network[1:]:\n                layer.learn", "layer_not_updated"),
    ),
)  # fmt: skip


def _digit_oracle(program: Program) -> list[Observed]:
    net = program.run(name="net")["DigitNet"]([4, 6, 5, 3])

    def now() -> Arrays:
        return numbered(W=net.links, b=net.thresholds)

    found = []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        samples = [(g.normal(size=(4, 1)), g.uniform(size=(3, 1))) for _ in range(3 + seed)]

        def loss(p: Arrays, samples: Any = samples) -> float:
            total = 0.0
            for x, y in samples:
                for k in range(3):
                    x = sigmoid(p[f"W{k}"] @ x + p[f"b{k}"])
                total += 0.5 * float(((x - y) ** 2).sum())
            return total / len(samples)

        before = now()
        net.learn_group(samples, 0.7)
        found.append(Observed(before, moved(before, now(), 0.7), loss))
    return found


PER_SAMPLE = Net(
    "per_sample.py",
    "per-sample loops",
    _digit_oracle,
    (
        Fault("assigned_for_added", "backward", "total_w[k] += part_w[k]", "total_w[k] = part_w[k]"),
        Fault("slope_at_signal", "backward",
              "delta) * logistic_slope(sums[-k])", "delta) * logistic_slope(signals[-k])",
              "derivative_at_activation"),
        Fault("slope_of_last", "backward", "delta) * logistic_slope(sums[-k])", "delta) * logistic_slope(sums[-1][:1])",
              "derivative_of_other_layer"),
        Fault("output_slope_missing", "backward", "(signals[-1] - y) * logistic_slope(sums[-1])", "(signals[-1] - y)",
              "missing_activation_derivative"),
        Fault("not_averaged", "update", "rate = eta / len(samples)", "rate = eta", "gradient_not_averaged"),
        Fault("other_totals", "update", "zip(self.thresholds, total_t)", "zip(self.thresholds, part_t)"),
        Fault("slope_formula", "backward", "return logistic(v) * (1 - logistic(v))", "return v * (1 - v)",
              "derivative_formula_on_preactivation"),
    ),
    loss="none",
)  # fmt: skip


def _packaged_oracle(program: Program) -> list[Observed]:
    net = program.run()["MultiLabelNet"]([4, 6, 5, 3])
    found = []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        x, y = g.normal(size=(8 + seed, 4)), g.integers(0, 2, (8 + seed, 3)).astype(float)

        def loss(p: Arrays, x: Any = x, y: Any = y) -> float:
            for k in range(3):
                z = x @ p[f"W{k}"] + p[f"b{k}"]
                x = np.where(z > 0, z, np.expm1(np.minimum(z, 0))) if k < 2 else sigmoid(z)
            return float(binary(x, y).sum() / len(y))

        before = numbered(W=net.Ws, b=net.bs)
        said = float(net.loss(x, y))
        net.train(x, y, lr=0.3, epochs=1)
        found.append(Observed(before, moved(before, numbered(W=net.Ws, b=net.bs), 0.3), loss, said))
    return found


PACKAGED = Net(
    "packaged/network.py",
    "package with relative imports",
    _packaged_oracle,
    (
        Fault("elu_slope_is_elu", "backward", "np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))",
              "np.where(x > 0, 1.0, alpha * (np.exp(np.minimum(x, 0)) - 1))", file="packaged/ops.py"),
        Fault("elu_slope_of_relu", "backward", "np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))",
              "np.where(x > 0, 1.0, 0.0)", "wrong_activation_derivative", file="packaged/ops.py"),
        Fault("loss_slope_not_divided", "backward", "(p - y) / (p * (1 - p)) / len(y)", "(p - y) / len(y)",
              "missing_activation_derivative", file="packaged/ops.py"),
        Fault("slope_forgotten_in_chain", "backward",
              "            grad = grad * df(z)\n            dWs.insert(0, a.T @ grad)",
              "            dWs.insert(0, a.T @ (grad * df(z)))"),
        Fault("function_for_slope", "backward",
              "self.inputs[::-1], self.dfs[::-1]):", "self.inputs[::-1], self.fs[::-1]):"),
        Fault("means_everything", "loss", "-np.mean(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1))",
              "-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))", "output_reduction_mismatch", file="packaged/ops.py"),
        Fault("weights_only", "update", "                self.bs[i] -= lr * dbs[i]\n", "", "layer_not_updated"),
    ),
)  # fmt: skip

CLASSES = (MOONS, DEEP_FUNCTIONS, LAYER_OBJECTS, PER_SAMPLE, PACKAGED)
