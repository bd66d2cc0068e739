"""Scripts of the corpus: what is trained stands at module level, or in one function that trains."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
from nets_formulas import Arrays, binary, copied, moved, sigmoid, softmax, turns
from nets_types import Fault, Net, Observed, Program


def _xor(s: dict[str, Any], p: Arrays) -> float:
    hidden = sigmoid(p["w1"] @ s["x"] + p["b1"])
    return float(binary(sigmoid(p["w2"] @ hidden + p["b2"]), s["y"]).mean())


def _xor_oracle(program: Program) -> list[Observed]:
    cut = "plt.plot"
    found = turns(program, "for i in range(iterations)", "w1 b1 w2 b2", 0.5, _xor, cut)
    losses = program.run(("for i in range(iterations)", "for i in range(2)"), cut=cut)["losses"]
    return [dataclasses.replace(one, said=float(said)) for one, said in zip(found, losses, strict=True)]


XOR_LOSS = Net(
    "xor_loss_script.py",
    "module-level script with loss",
    _xor_oracle,
    (
        Fault("no_slope_hidden", "backward", "np.dot(w2.T, dz2) * a1 * (1 - a1)", "np.dot(w2.T, dz2)",
              "missing_activation_derivative"),
        Fault("slope_at_preactivation", "backward", "dz2) * a1 * (1 - a1)", "dz2) * z1 * (1 - z1)",
              "derivative_formula_on_preactivation"),
        Fault("dw1_not_averaged", "backward", "dw1 = np.dot(dz1, x.T) / m", "dw1 = np.dot(dz1, x.T)"),
        Fault("db2_wrong_axis", "backward", "np.sum(dz2, axis=1, keepdims=True)", "np.sum(dz2, axis=0, keepdims=True)",
              "bias_gradient_wrong_axis"),
        Fault("b2_climbs", "update", "b2 = b2 - lr * db2", "b2 = b2 + lr * db2"),
        Fault("bias_left_out", "forward", "z1 = np.dot(w1, x) + b1", "z1 = np.dot(w1, x)", "bias_missing"),
        Fault("loss_one_sided", "loss", " + (1 - y) * np.log(1 - a2))", ")"),
    ),
)  # fmt: skip


def _half_sum(s: dict[str, Any], p: Arrays) -> float:
    a = sigmoid(s["X"] @ p["weights_a"])
    return 0.5 * float(np.sum((sigmoid(sigmoid(a @ p["weights_b"]) @ p["weights_c"]) - s["y"]) ** 2))


NO_LOSS = Net(
    "no_loss_script.py",
    "module-level script without loss",
    lambda program: turns(program, "for iteration in range(6000)", "weights_a weights_b weights_c", 0.8, _half_sum,
                          'print("after'),
    (
        Fault("slope_left_out", "backward", "hidden2_error * sig(hidden2, deriv=True)", "hidden2_error",
              "missing_activation_derivative"),
        Fault("not_deriv", "backward", "hidden1_error * sig(hidden1, deriv=True)", "hidden1_error * sig(hidden1)"),
        Fault("slope_of_other_layer", "backward", "l1_error * sig".replace("l1", "hidden1") + "(hidden1, deriv=True)",
              "hidden1_error * sig(np.dot(X, weights_a), deriv=True)", "derivative_formula_on_preactivation"),
        Fault("squashed_twice", "forward", "output = sig(np.dot(hidden2, weights_c))",
              "output = sig(sig(np.dot(hidden2, weights_c)))", "sigmoid_twice"),
        Fault("sign_of_last", "update", "weights_c += alpha", "weights_c -= alpha"),
        Fault("error_for_delta", "update", "hidden1.T.dot(hidden2_delta)", "hidden1.T.dot(hidden2_error)"),
        Fault("updated_before", "backward",
              "    hidden2_error = output_delta.dot(weights_c.T)\n",
              "    weights_c += alpha * hidden2.T.dot(output_delta)\n"
              "    hidden2_error = output_delta.dot(weights_c.T)\n", "weights_updated_before_backprop"),
    ),
    loss="none",
)  # fmt: skip


def _nine(s: dict[str, Any], p: Arrays) -> float:
    a, b, t = s["x1s"][int(p["at"])], s["x2s"][int(p["at"])], s["ts"][int(p["at"])]
    w = [0.0, *(float(p[f"w{k}"]) for k in range(1, 10))]
    h1, h2 = np.tanh(w[1] * a + w[2] * b + w[7]), np.tanh(w[3] * a + w[4] * b + w[8])
    return float((sigmoid(w[5] * h1 + w[6] * h2 + w[9]) - t) ** 2)


def _nine_oracle(program: Program) -> list[Observed]:
    names = [f"w{k}" for k in range(1, 10)]
    once, some = ("range(200)", "range(1)"), "in zip(x1s, x2s, ts)"
    spaces = [program.run(once, (some, f"in list(zip(x1s, x2s, ts))[:{k}]")) for k in range(3)]
    points = [copied(names, space) for space in spaces]
    return [
        Observed(
            points[k],
            moved(points[k], points[k + 1], 0.3),
            lambda p, k=k: _nine(spaces[0], {**p, "at": np.array(k)}),
            float(spaces[k + 1]["sse"] - spaces[k]["sse"]),
        )
        for k in range(2)
    ]


NINE_SCALARS = Net(
    "nine_scalars.py",
    "single scalars",
    _nine_oracle,
    (
        Fault("added_for_multiplied", "backward", "d1 = d3 * w5 * (1 - h1 ** 2)", "d1 = (d3 + w5) * (1 - h1 ** 2)"),
        Fault("other_weight", "backward", "d2 = d3 * w6 *", "d2 = d3 * w5 *"),
        Fault("slope_at_sum", "backward", "w6 * (1 - h2 ** 2)", "w6 * (1 - n2 ** 2)",
              "derivative_formula_on_preactivation"),
        Fault("no_slope_of_output", "backward", " * out * (1 - out)\n", "\n", "missing_activation_derivative"),
        Fault("copied_line", "backward", "g4 = d2 * x2", "g4 = d2 * x1"),
        Fault("wrong_gradient_taken", "update", "w8 -= eta * g8", "w8 -= eta * g7"),
        Fault("never_updated", "update", "        w3 -= eta * g3\n", "", "layer_not_updated"),
    ),
)  # fmt: skip


def _fit(s: dict[str, Any], p: Arrays) -> float:
    X, y = s["X_train"], s["y_train"]
    P = softmax(np.maximum(X @ p["V"] + p["c"], 0) @ p["U"] + p["e"])
    return -float(np.log(P[np.arange(len(y)), y]).mean())


def _fit_oracle(program: Program) -> list[Observed]:
    names = ["V", "c", "U", "e"]
    spaces = [program.run(("range(150)", f"range({k})"), cut="print(") for k in range(3)]
    points = [copied(names, space["clf"]) for space in spaces]
    return [
        Observed(points[k], moved(points[k], points[k + 1], 0.2), lambda p: _fit(spaces[0], p),
                 float(spaces[2]["clf"].history[k]))
        for k in range(2)
    ]  # fmt: skip


FIT_ONLY = Net(
    "fit_only.py",
    "fit-only class",
    _fit_oracle,
    (
        Fault("mask_by_gradient", "backward", "dH[H <= 0] = 0", "dH[dH <= 0] = 0", "missing_activation_derivative"),
        Fault("not_averaged_bias", "backward", "de = dS.sum(axis=0)", "de = (P - T).sum(axis=0)",
              "bias_gradient_not_averaged"),
        Fault("no_mask", "backward", "            dH[H <= 0] = 0\n", "", "missing_activation_derivative"),
        Fault("updated_before", "backward",
              "            dH = dS @ self.U.T\n",
              "            self.U -= 0.2 * dU\n            dH = dS @ self.U.T\n", "weights_updated_before_backprop"),
        Fault("softmax_over_samples", "forward", "P / P.sum(axis=1, keepdims=True)", "P / P.sum(axis=0, keepdims=True)",
              "softmax_over_batch"),
        Fault("averages_everything", "loss", "np.mean(np.sum(T * np.log(P), axis=1))", "np.mean(T * np.log(P))",
              "output_reduction_mismatch"),
    ),
)  # fmt: skip


def _main_oracle(program: Program) -> list[Observed]:
    space = program.run(name="net")
    found = []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        X, Y = g.normal(size=(7 + seed, 3)), g.normal(size=(7 + seed, 1))
        shapes = {"W1": (3, 6), "b1": (6,), "W2": (6, 1), "b2": (1,)}
        point = {name: g.normal(size=shape) for name, shape in shapes.items()}
        grads = space["gradients"](X, Y, *(one.copy() for one in point.values()))

        def loss(p: Arrays, X: Any = X, Y: Any = Y) -> float:
            return float(np.mean((np.logaddexp(0, X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - Y) ** 2))

        said = float(space["mean_squared_error"](space["predict"](X, *point.values()), Y))
        found.append(Observed(point, dict(zip(point, grads, strict=True)), loss, said))
    hook = ("            gW1, gb1, gW2, gb2 = grad", "            seen.append((W1.copy(), b1.copy(), W2.copy(), "
            "b2.copy(), data[idx], labels[idx]))\n            gW1, gb1, gW2, gb2 = grad")  # fmt: skip
    seen: list[Any] = []
    dataclasses.replace(program, names={"seen": seen}).run(hook, ("range(40)", "range(1)"))
    names = ["W1", "b1", "W2", "b2"]
    for one, after in itertools.pairwise(seen):
        before = dict(zip(names, one, strict=False))
        step = moved(before, dict(zip(names, after, strict=False)), 0.05)

        def main_loss(p: Arrays, X: Any = one[4], Y: Any = one[5]) -> float:
            return float(np.mean((np.logaddexp(0, X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - Y) ** 2))

        found.append(Observed(before, step, main_loss))
    return found


MAIN_BLOCK = Net(
    "main_block.py",
    "functions with data under __main__",
    _main_oracle,
    (
        Fault("slope_at_activation", "backward", "d_hidden * dsoftplus(z)", "d_hidden * dsoftplus(hidden)",
              "derivative_at_activation"),
        Fault("function_for_slope", "backward", "d_hidden * dsoftplus(z)", "d_hidden * softplus(z)"),
        Fault("slope_formula", "backward", "return 1 / (1 + np.exp(-x))", "return 1 / (1 + np.exp(x))"),
        Fault("without_two", "backward", "d_pred = 2 * (pred - Y)", "d_pred = (pred - Y)", "factor_two"),
        Fault("hidden_forgets_slope", "backward", "gb1 = d_z.sum(axis=0)", "gb1 = d_hidden.sum(axis=0)"),
        Fault("bias_by_weight_rate", "update", "b1 -= 0.05 * gb1", "b1 = -0.05 * gb1"),
        Fault("difference_turned", "backward", "2 * (pred - Y) / len(X)", "2 * (Y - pred) / len(X)", "sign_flipped"),
    ),
)  # fmt: skip


def _house(s: dict[str, Any], p: Arrays) -> float:
    out = np.tanh(s["X"] @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    return 0.5 * float(np.mean((out - s["y"]) ** 2))


def _house_oracle(program: Program) -> list[Observed]:
    found = turns(program, "for epoch in range(400)", "W1 b1 W2 b2", 0.1, _house, "plt.plot")
    losses = program.run(("for epoch in range(400)", "for epoch in range(2)"), cut="plt.plot")["losses"]
    return [dataclasses.replace(one, said=float(said)) for one, said in zip(found, losses, strict=True)]


HOUSE_PRICES = Net(
    "house_prices.ipynb",
    "notebook",
    _house_oracle,
    (
        Fault("slope_at_sum", "backward", "dA1 * (1 - A1 ** 2)", "dA1 * (1 - Z1 ** 2)",
              "derivative_formula_on_preactivation"),
        Fault("slope_of_sigmoid", "backward", "dA1 * (1 - A1 ** 2)", "dA1 * A1 * (1 - A1)",
              "wrong_activation_derivative"),
        Fault("sum_over_units", "backward", "db1 = np.sum(dZ1, axis=0, keepdims=True)", "db1 = np.sum(dZ1)",
              "bias_gradient_wrong_axis"),
        Fault("delta_of_wrong_layer", "backward", "dW1 = X.T @ dZ1", "dW1 = X.T @ dA1"),
        Fault("averaged_twice", "backward", "dW2 = A1.T @ dyhat", "dW2 = A1.T @ dyhat / len(y)",
              "gradient_averaged_twice"),
        Fault("reads_the_sum", "forward", "yhat = A1 @ W2 + b2", "yhat = Z1 @ W2 + b2", "output_reads_preactivation"),
        Fault("assigned", "update", "b2 -= lr * db2", "b2 = lr * db2"),
    ),
)  # fmt: skip

SCRIPTS = (XOR_LOSS, NO_LOSS, NINE_SCALARS, FIT_ONLY, MAIN_BLOCK, HOUSE_PRICES)
