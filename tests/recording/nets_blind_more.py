"""The rest of the third set of networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, binary, copied, moved, picked, sigmoid, softmax, turns
from nets_types import Fault, Net, Observed, Program


def _staged_loss(s: dict[str, Any], p: Arrays) -> float:
    u = s["X"] @ p["W"]
    z = p["gamma"] * (u - u.mean(0)) / np.sqrt(u.var(0) + 1e-5) + p["beta"]
    return float(binary(sigmoid(np.tanh(z) @ p["V"] + p["c"]), s["T"]).mean())


def _staged_oracle(program: Program) -> list[Observed]:
    loop = "for epoch in range(100)"
    found = turns(program, loop, "W gamma beta V c", 0.3, _staged_loss)
    said = [float(program.run((loop, f"for epoch in range({k + 1})"))["loss"]) for k in range(2)]
    return [Observed(o.point, o.gradient, o.loss, v) for o, v in zip(found, said, strict=True)]


STAGED = Net(
    "staged_batchnorm.py",
    "batch norm in stages",
    _staged_oracle,
    (
        Fault("mean_forgotten", "backward", "return dx1 + dx2, dgamma", "return dx1, dgamma"),
        Fault("variance_path", "backward", "dx1 = dxmu1 + dxmu2", "dx1 = dxmu1"),
        Fault("square_forgotten", "backward", "-1.0 / (sqrtvar ** 2) * divar", "-1.0 / sqrtvar * divar"),
        Fault("not_normalised", "backward", "dgamma = np.sum(dout * xhat, axis=0)",
              "dgamma = np.sum(dout * xmu, axis=0)"),
        Fault("scale_forgotten", "backward", "dxhat = dout * gamma", "dxhat = dout"),
        Fault("two_forgotten", "backward", "dxmu2 = 2 * xmu * dsq", "dxmu2 = xmu * dsq"),
        Fault("half_root", "backward", "dvar = 0.5 * 1.0 / np.sqrt(var + eps)", "dvar = 0.5 * 1.0 / (var + eps)"),
        Fault("sign_of_mean", "backward", "dmu = -1 * np.sum", "dmu = np.sum"),
        Fault("whole_sum", "backward", "dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout)",
              "bias_gradient_wrong_axis"),
    ),
)  # fmt: skip


def _softmax_oracle(program: Program) -> list[Observed]:
    loop, found = "for epoch in range(101)", []
    spaces = [program.run((loop, f"for epoch in range({k})")) for k in range(3)]

    def now(s: dict[str, Any]) -> Arrays:
        return {f"{k}{n}": np.array(getattr(s[f"dense{n}"], k)) for k in ("weights", "biases") for n in (1, 2)}

    X, y = spaces[0]["X"], spaces[0]["y"]

    def loss(p: Arrays) -> float:
        h = np.maximum(X @ p["weights1"] + p["biases1"], 0)
        return float(picked(softmax(h @ p["weights2"] + p["biases2"]), y).mean())

    for k in range(2):
        gradient = moved(now(spaces[k]), now(spaces[k + 1]), 0.5)
        found.append(Observed(now(spaces[k]), gradient, loss, float(spaces[k + 1]["loss"])))
    return found


SOFTMAX = Net(
    "softmax_layer.py",
    "layers with dinputs and a softmax of its own",
    _softmax_oracle,
    (
        Fault("jacobian_diagonal", "backward", "np.diagflat(single_output) - np.dot(single_output, single_output.T)",
              "np.diagflat(single_output * (1 - single_output))", "softmax_derivative_elementwise"),
        Fault("jacobian_sign", "backward", "np.diagflat(single_output) - np.dot",
              "np.diagflat(single_output) + np.dot"),
        Fault("mask_of_gradient", "backward", "self.dinputs[self.inputs <= 0] = 0", "self.dinputs[dvalues <= 0] = 0"),
        Fault("not_averaged", "backward", "        self.dinputs = self.dinputs / samples\n", "",
              "gradient_not_averaged"),
        Fault("by_labels", "backward", "self.dinputs / samples", "self.dinputs / labels", "batch_size_assumed"),
        Fault("sign_of_loss", "backward", "self.dinputs = -y_true / dvalues", "self.dinputs = y_true / dvalues"),
        Fault("mean_for_biases", "backward", "self.dbiases = np.sum(dvalues, axis=0, keepdims=True)",
              "self.dbiases = np.mean(dvalues, axis=0, keepdims=True)"),
        Fault("softmax_skipped", "backward", "dense2.backward(activation2.dinputs)",
              "dense2.backward(loss_function.dinputs)"),
        Fault("first_twice", "update", "optimizer.update_params(dense2)", "optimizer.update_params(dense1)",
              "layer_not_updated"),
    ),
)  # fmt: skip


def _units_oracle(program: Program) -> list[Observed]:
    names, found = ["w_ih", "w_ho", "bias_h", "bias_o"], []
    for k in range(2):
        space = program.run(cut="for epoch in range(30)")
        x, t = space["patterns"][k], space["answers"][k]

        def loss(p: Arrays, x: Any = x, t: Any = t) -> float:
            h = sigmoid(x @ p["w_ih"] + p["bias_h"])
            return 0.5 * float(((sigmoid(h @ p["w_ho"] + p["bias_o"]) - t) ** 2).sum())

        before = copied(names, space)
        said = float(space["backpropagate"](x, t, *space["propagate"](x), 0.5))
        found.append(Observed(before, moved(before, copied(names, space), 0.5), loss, said))
    return found


_DELTAS = """    delta_hid = np.zeros(N_HID)
    for j in range(N_HID):
        error = 0.0
        for k in range(N_OUT):
            error += delta_out[k] * w_ho[j, k]
        delta_hid[j] = error * hid[j] * (1.0 - hid[j])
"""
_UPDATE = """    for j in range(N_HID):
        for k in range(N_OUT):
            w_ho[j, k] += eta * delta_out[k] * hid[j]
"""

UNITS = Net(
    "unit_by_unit.py",
    "loops over units",
    _units_oracle,
    (
        Fault("out_for_delta", "backward", "error += delta_out[k] * w_ho[j, k]", "error += out[k] * w_ho[j, k]"),
        Fault("not_summed", "backward", "error += delta_out[k] * w_ho[j, k]", "error = delta_out[k] * w_ho[j, k]"),
        Fault("own_slope", "backward", "error * hid[j] * (1.0 - hid[j])", "error * hid[j]"),
        Fault("sign_turned", "backward", "error = target[k] - out[k]", "error = out[k] - target[k]", "sign_flipped"),
        Fault("wrong_unit", "backward", "w_ih[i, j] += eta * delta_hid[j] * sample[i]",
              "w_ih[i, j] += eta * delta_hid[i] * sample[i]"),
        Fault("wrong_input", "backward", "eta * delta_out[k] * hid[j]", "eta * delta_out[k] * out[k]",
              "weight_gradient_uses_own_output"),
        Fault("bias_by_input", "update", "bias_h[j] += eta * delta_hid[j]", "bias_h[j] += eta * delta_hid[j] * hid[j]"),
        Fault("rate_forgotten", "update", "bias_o[k] += eta * delta_out[k]", "bias_o[k] += delta_out[k]"),
        Fault("updated_first", "update", _DELTAS + _UPDATE, _UPDATE + _DELTAS, "weights_updated_before_backprop"),
    ),
)  # fmt: skip


def _planar_oracle(program: Program) -> list[Observed]:
    space, found = program.run(name="net"), []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        X, Y = g.normal(size=(3, 8 + seed)), g.integers(0, 2, (2, 8 + seed)).astype(float)
        p0 = {
            "W1": g.normal(size=(4, 3)),
            "b1": g.normal(size=(4, 1)),
            "W2": g.normal(size=(2, 4)),
            "b2": g.normal(size=(2, 1)),
        }

        def loss(p: Arrays, X: Any = X, Y: Any = Y) -> float:
            a = sigmoid(p["W2"] @ np.tanh(p["W1"] @ X + p["b1"]) + p["b2"])
            return float(binary(a, Y).sum() / Y.shape[1])

        a, cache = space["forward_propagation"](X, p0)
        said = space["compute_cost"](a, Y)
        after = space["update_parameters"](p0, space["backward_propagation"](p0, cache, X, Y))
        found.append(Observed(p0, moved(p0, copied(p0, after), 1.2), loss, said))
    return found


PLANAR = Net(
    "planar_columns.py",
    "functions with dicts, samples in columns",
    _planar_oracle,
    (
        Fault("axis_of_bias", "backward", "db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)",
              "db1 = (1 / m) * np.sum(dZ1, axis=0, keepdims=True)", "bias_gradient_wrong_axis"),
        Fault("rows_for_samples", "backward", "    m = X.shape[1]\n    W2", "    m = X.shape[0]\n    W2",
              "batch_size_assumed"),
        Fault("square_forgotten", "backward", "1 - np.power(A1, 2)", "1 - A1"),
        Fault("z_for_a", "backward", 'A1 = cache["A1"]\n    A2', 'A1 = cache["Z1"]\n    A2'),
        Fault("keepdims_forgotten", "backward", "db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)",
              "db2 = (1 / m) * np.sum(dZ2)", "bias_gradient_wrong_axis"),
        Fault("bias_stays", "update", 'b1 = parameters["b1"] - learning_rate * grads["db1"]', 'b1 = parameters["b1"]',
              "bias_gradient_missing"),
        Fault("sign_of_update", "update", 'parameters["W2"] - learning_rate', 'parameters["W2"] + learning_rate',
              "sign_flipped"),
        Fault("slope_of_sigmoid", "backward", "1 - np.power(A1, 2))", "A1 * (1 - A1))", "wrong_activation_derivative"),
        Fault("bias_left_out", "forward", "Z2 = np.dot(W2, A1) + b2", "Z2 = np.dot(W2, A1)", "bias_missing"),
    ),
)  # fmt: skip

BLIND_SECOND = (STAGED, SOFTMAX, UNITS, PLANAR)
