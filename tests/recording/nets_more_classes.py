"""Networks of the corpus that are a class or functions: the unusual ones, in what they hold or how they learn."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from nets_formulas import Arrays, binary, copied, moved, numbered, picked, sigmoid, softmax
from nets_types import Fault, Net, Observed, Program


def _dropout_oracle(program: Program) -> list[Observed]:
    space = program.run(("range(100)", "range(0)"), cut='print("test')
    net, x, y = space["net"], space["x_train"], space["y_train"]
    names = ["w1", "b1", "w2", "b2", "w3", "b3"]
    found, speed = [], {name: np.zeros_like(getattr(net, name)) for name in names}
    for rows in (slice(0, 15), slice(15, 40)):
        before, dice = copied(names, net), copy.deepcopy(net.rng)
        said = float(net.train_step(x[rows], y[rows]))
        after = copied(names, net)
        step = {name: after[name] - before[name] for name in names}
        gradient = {name: (0.9 * speed[name] - step[name]) / 0.1 for name in names}
        speed = step
        masks = [(dice.random((len(x[rows]), width)) < 0.8) / 0.8 for width in (8, 6)]

        def loss(p: Arrays, x: Any = x[rows], y: Any = y[rows], masks: Any = masks) -> float:
            a = np.tanh(x @ p["w1"] + p["b1"]) * masks[0]
            a = np.tanh(a @ p["w2"] + p["b2"]) * masks[1]
            return float(((a @ p["w3"] + p["b3"] - y) ** 2).mean())

        found.append(Observed(before, gradient, loss, said))
    return found


DROPOUT = Net(
    "dropout_momentum.py",
    "dropout with momentum",
    _dropout_oracle,
    (
        Fault("mask_not_applied_back", "backward", "dh2 = dd2 * self.mask2", "dh2 = dd2"),
        Fault("mask_not_scaled", "backward", "dh1 = dd1 * self.mask1", "dh1 = dd1 * (self.mask1 > 0)"),
        Fault("before_dropout", "backward", "dw2 = self.d1.T.dot(dz2)", "dw2 = self.h1.T.dot(dz2)"),
        Fault("slope_after_dropout", "backward", "(1 - self.h1 ** 2)", "(1 - self.d1 ** 2)"),
        Fault("velocity_sign", "update", "self.momentum * self.velocity[i] - self.learning_rate * g",
              "self.momentum * self.velocity[i] + self.learning_rate * g"),
        Fault("momentum_turned", "update",
              "self.momentum * self.velocity[i] - self", "-self.momentum * self.velocity[i] - self"),
        Fault("divided_by_rows", "backward", "2 * (self.out - y) / y.size", "2 * (self.out - y) / len(y)",
              "output_reduction_mismatch"),
    ),
)  # fmt: skip


def _tied_oracle(program: Program) -> list[Observed]:
    net = program.run(name="net")["TiedAutoencoder"](7, 4)
    names, found = ["W", "hbias", "vbias"], []
    for seed in (1, 2):
        x = np.random.default_rng(seed).integers(0, 2, (4 + seed, 7)).astype(float)

        def loss(p: Arrays, x: Any = x) -> float:
            z = sigmoid(sigmoid(x @ p["W"] + p["hbias"]) @ p["W"].T + p["vbias"])
            return float(binary(z, x).sum() / len(x))

        before = copied(names, net)
        said = float(net.cost(x))
        net.train(x, lr=0.5)
        found.append(Observed(before, moved(before, copied(names, net), 0.5), loss, said))
    return found


TIED = Net(
    "tied_autoencoder.py",
    "tied weights",
    _tied_oracle,
    (
        Fault("decoder_part_missing", "backward",
              "np.dot(x.T, L_hbias) + np.dot(L_vbias.T, h)", "np.dot(x.T, L_hbias)"),
        Fault("encoder_part_missing", "backward",
              "np.dot(x.T, L_hbias) + np.dot(L_vbias.T, h)", "np.dot(L_vbias.T, h)"),
        Fault("reconstruction_for_input", "backward", "np.dot(x.T, L_hbias)", "np.dot(z.T, L_hbias)"),
        Fault("slope_left_out", "backward", "L_hbias = L_hidden * h * (1 - h)", "L_hbias = L_hidden",
              "missing_activation_derivative"),
        Fault("bias_subtracted", "forward", "np.dot(h, self.W.T) + self.vbias", "np.dot(h, self.W.T) - self.vbias",
              "bias_sign_flipped"),
        Fault("bias_of_hidden_error", "update", "np.sum(L_hbias, axis=0)", "np.sum(L_hidden, axis=0)"),
        Fault("not_averaged", "backward", "L_vbias = (z - x) / n", "L_vbias = z - x", "gradient_not_averaged"),
    ),
)  # fmt: skip


def _matrix_oracle(program: Program) -> list[Observed]:
    space = program.run(cut="net.train(")
    net, X, T = space["net"], np.asarray(space["samples"]).T, np.asarray(space["targets"]).T
    names, found = ["wih", "bh", "who", "bo"], []
    for columns in (slice(0, 5), slice(5, 11)):

        def loss(p: Arrays, x: Any = X[:, columns], t: Any = T[:, columns]) -> float:
            out = sigmoid(p["who"] @ sigmoid(p["wih"] @ x + p["bh"]) + p["bo"])
            return 0.5 * float(((out - t) ** 2).sum())

        x, t = np.matrix(X[:, columns]), np.matrix(T[:, columns])
        before = copied(names, net)
        said = float(net.error(x, t))
        net.train(x, t, 0.5, 1)
        found.append(Observed(before, moved(before, copied(names, net), 0.5), loss, said))
    return found


MATRIX = Net(
    "matrix_net.py",
    "np.matrix",
    _matrix_oracle,
    (
        Fault("slope_left_out", "backward", "np.multiply(self.who.T * d_o, np.multiply(h, 1 - h))", "self.who.T * d_o",
              "missing_activation_derivative"),
        Fault("slope_at_sum", "backward", "np.multiply(h, 1 - h)", "np.multiply(zh, 1 - zh)",
              "derivative_formula_on_preactivation"),
        Fault("sum_for_activation", "backward", "g_who = d_o * h.T", "g_who = d_o * zh.T"),
        Fault("sum_over_units", "backward", "g_bh = d_h.sum(axis=1)", "g_bh = d_h.sum()", "bias_gradient_wrong_axis"),
        Fault("wrong_bias", "update", "self.bh = self.bh - lr * g_bh", "self.bh = self.bh - lr * g_bo.sum()"),
        Fault("sign_of_error", "backward", "np.multiply(o - t, np", "np.multiply(t - o, np", "sign_flipped"),
    ),
)  # fmt: skip


def _lists_oracle(program: Program) -> list[Observed]:
    space = program.run(("range(20)", "range(0)"))
    network, found = space["network"], []
    for row in space["dataset"][3:9:4]:
        x = np.array([v / 10 for v in row[:-1]] + [1.0])
        t = np.eye(2)[row[-1]]

        def loss(p: Arrays, x: Any = x, t: Any = t) -> float:
            hidden = sigmoid(p["h0"] @ x)
            return 0.5 * float(((sigmoid(p["o0"] @ np.append(hidden, 1.0)) - t) ** 2).sum())

        before = numbered(h=[network[0]], o=[network[1]])
        said = float(space["train_row"](network, x[:-1].tolist(), t.tolist(), 0.5))
        found.append(Observed(before, moved(before, numbered(h=[network[0]], o=[network[1]]), 0.5), loss, said))
    return found


PLAIN_LISTS = Net(
    "plain_lists.py",
    "plain lists of floats",
    _lists_oracle,
    (
        Fault("assigned_for_added", "backward", "err += output[k][j] * delta_o[k]", "err = output[k][j] * delta_o[k]"),
        Fault("indices_swapped", "backward", "err += output[k][j] * delta_o[k]", "err += output[k][k] * delta_o[k]"),
        Fault("slope_of_tanh", "backward", "err * h[j] * (1.0 - h[j])", "err * (1.0 - h[j] ** 2)",
              "wrong_activation_derivative"),
        Fault("delta_of_last", "update", "hidden[j][-1] -= rate * delta_h[j]", "hidden[j][-1] -= rate * delta_o[k]"),
        Fault("output_not_its_input", "update", "rate * delta_o[k] * h[j]", "rate * delta_o[k] * o[k]",
              "weight_gradient_uses_own_output"),
        Fault("bias_climbs", "update", "output[k][-1] -= rate * delta_o[k]", "output[k][-1] += rate * delta_o[k]"),
    ),
)  # fmt: skip


def _adam_oracle(program: Program) -> list[Observed]:
    space = program.run(cut="losses = trainer.fit")
    model, X, y = space["model"], space["X"], space["y"]
    space["trainer"].batch_size = 32
    params, found = model.params, []
    m = {name: np.zeros_like(value) for name, value in params.items()}
    v = {name: np.zeros_like(value) for name, value in params.items()}
    for step, columns in ((1, slice(0, 9)), (2, slice(9, 21))):
        x, labels = X[:, columns], y[columns]

        def loss(p: Arrays, x: Any = x, labels: Any = labels) -> float:
            z = p["W1"] @ x + p["b1"]
            return float(picked(softmax((p["W2"] @ np.where(z > 0, z, 0.1 * z) + p["b2"]).T), labels).mean())

        before = copied(params, params)
        truth = model.backward(model.forward(x)[1], labels)
        said = float(space["trainer"].fit(x, labels, 1)[0])
        gradient = {}
        for name, value in before.items():  # what Adam should do with the gradient; a surplus counts as gradient
            m[name] = 0.9 * m[name] + 0.1 * truth[name]
            v[name] = 0.999 * v[name] + 0.001 * truth[name] ** 2
            rate = 0.01 / (np.sqrt(v[name] / (1 - 0.999**step)) + 1e-8)
            expected = value - rate * m[name] / (1 - 0.9**step)
            gradient[name] = truth[name] + (expected - params[name]) / 0.01
        found.append(Observed(before, gradient, loss, said))
    return found


ADAM = Net(
    "adam_trainer.py",
    "Adam trainer, integer labels",
    _adam_oracle,
    (
        Fault("slope_of_relu", "backward", "dA1 * np.where(Z1 > 0, 1, 0.1)", "dA1 * np.where(Z1 > 0, 1, 0)",
              "leaky_slope_mismatch"),
        Fault("slope_missing", "backward", "dZ1 = dA1 * np.where(Z1 > 0, 1, 0.1)", "dZ1 = dA1",
              "missing_activation_derivative"),
        Fault("rows_for_columns", "backward", 'grads["b1"] = dZ1.sum(axis=1, keepdims=True)',
              'grads["b1"] = dZ1.sum()', "bias_gradient_wrong_axis"),
        Fault("labels_not_divided", "backward", "        dZ2 = dZ2 / m\n", "", "gradient_not_averaged"),
        Fault("softmax_over_samples", "forward", "expz / expz.sum(axis=0)", "expz / expz.sum(axis=1, keepdims=True)",
              "softmax_over_batch"),
        Fault("second_moment_not_squared", "update", "(1 - self.beta2) * grads[k] ** 2",
              "(1 - self.beta2) * np.abs(grads[k])"),
        Fault("moments_are_one", "update",
              "        self.m = {k: np.zeros_like(v) for k, v in params.items()}\n"
              "        self.v = {k: np.zeros_like(v) for k, v in params.items()}\n",
              "        self.m = self.v = {k: np.zeros_like(v) for k, v in params.items()}\n"),
        Fault("correction_by_wrong_beta", "update", "self.v[k] / (1 - self.beta2 ** self.t)",
              "self.v[k] / (1 - self.beta1 ** self.t)"),
    ),
)  # fmt: skip


MORE_CLASSES = (DROPOUT, TIED, MATRIX, PLAIN_LISTS, ADAM)
