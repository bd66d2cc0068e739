"""Networks of the corpus that say things with NumPy's means: one flat vector, einsum, vectorize."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, binary, copied, moved, numbered, sigmoid
from nets_types import Fault, Net, Observed, Program


def _theta_oracle(program: Program) -> list[Observed]:
    spaces = [program.run(("0.8, 120)", f"0.8, {k})"), cut="print(J") for k in range(3)]
    points = [copied(["nn_params"], space) for space in spaces]
    X, y = spaces[0]["X"], spaces[0]["y"]

    def loss(p: Arrays) -> float:
        first, second = p["nn_params"][:25].reshape(5, 5), p["nn_params"][25:].reshape(3, 6)
        out = sigmoid(sigmoid(X @ first[:, 1:].T + first[:, 0]) @ second[:, 1:].T + second[:, 0])
        decay = (first[:, 1:] ** 2).sum() + (second[:, 1:] ** 2).sum()
        return float((binary(out, np.eye(3)[y]).sum() + 0.15 * decay) / len(y))

    return [
        Observed(points[k], moved(points[k], points[k + 1], 0.8), loss, float(spaces[2]["J_history"][k]))
        for k in range(2)
    ]


THETA = Net(
    "theta_vector.py",
    "flat theta vector",
    _theta_oracle,
    (
        Fault("first_column_for_last", "backward", "delta3.dot(Theta2[:, 1:])", "delta3.dot(Theta2[:, :-1])",
              "bias_leaks_into_delta"),
        Fault("slope_twice", "backward", "* expit(z2) * (1 - expit(z2))", "* expit(expit(z2)) * (1 - expit(expit(z2)))",
              "derivative_at_activation"),
        Fault("decay_not_averaged", "backward", "Theta1_grad[:, 1:] += lamb / m * Theta1[:, 1:]",
              "Theta1_grad[:, 1:] += lamb * Theta1[:, 1:]"),
        Fault("decay_on_biases", "backward", "Theta2_grad[:, 1:] += lamb / m * Theta2[:, 1:]",
              "Theta2_grad += lamb / m * Theta2"),
        Fault("decay_missing_in_loss", "loss",
              "    J += lamb / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))\n", "",
              "weight_decay_not_in_loss"),
        Fault("decay_without_half", "loss", "J += lamb / (2 * m)", "J += lamb / m"),
        Fault("climbs", "update", "nn_params - alpha * grad", "nn_params + alpha * grad"),
    ),
)  # fmt: skip


def _swish(s: dict[str, Any], p: Arrays) -> float:
    z = s["X"] @ p["A"] + p["a"]
    return 0.5 * float(((z * sigmoid(z) @ p["B"] + p["b"] - s["Y"]) ** 2).sum()) / 17


def _einsum_oracle(program: Program) -> list[Observed]:
    spaces = [program.run(("range(200)", f"range({k})")) for k in range(3)]
    points = [copied("AaBb", space["p"]) for space in spaces]
    return [
        Observed(points[k], moved(points[k], points[k + 1], 0.3), lambda p: _swish(spaces[0], p),
                 float(spaces[0]["objective"](spaces[0]["X"], spaces[0]["Y"], points[k])))
        for k in range(2)
    ]  # fmt: skip


EINSUM = Net(
    "einsum_net.py",
    "einsum",
    _einsum_oracle,
    (
        Fault("slope_without_product", "backward", "(s + pre * s * (1 - s))", "(s * (1 - s))",
              "wrong_activation_derivative"),
        Fault("slope_from_hidden", "backward", "(s + pre * s * (1 - s))", "(s + hid * s * (1 - s))"),
        Fault("own_slope_forgotten", "backward", 'dA = np.einsum("ni,nh->ih", x, dpre)',
              'dA = np.einsum("ni,nh->ih", x, dhid)', "missing_activation_derivative"),
        Fault("summed_letters", "backward", 'da = np.einsum("nh->h", dpre)', 'da = np.einsum("nh->", dpre)',
              "bias_gradient_wrong_axis"),
        Fault("not_averaged", "backward", "e = (out - y) / len(x)", "e = (out - y) / x.shape[1]", "batch_size_assumed"),
        Fault("half_missing", "loss", "return 0.5 * np.einsum", "return np.einsum", "factor_two"),
    ),
)  # fmt: skip


def _regressor_oracle(program: Program) -> list[Observed]:
    space = program.run(cut="reg.fit(")
    reg, found = space["reg"], []
    for columns in (slice(0, 8), slice(8, 19)):

        def loss(p: Arrays, x: Any = space["X"][:, columns], y: Any = space["y"][:, columns]) -> float:
            for k in range(3):
                z = p[f"W{k}"] @ x + p[f"B{k}"]
                x = np.where(z >= 0, z, 0.3 * z) if k < 2 else np.tanh(z / 2)
            return float(((x - y) ** 2).sum() / x.shape[1])

        x, y = space["X"][:, columns], space["y"][:, columns]
        before = numbered(W=reg.W, B=reg.B)
        said = float(reg.loss(x, y))
        reg.fit(x, y, lr=0.1, epochs=1)
        found.append(Observed(before, moved(before, numbered(W=reg.W, B=reg.B), 0.1), loss, said))
    return found


VECTORIZED = Net(
    "vectorized_scalar.py",
    "np.vectorize",
    _regressor_oracle,
    (
        Fault("slope_of_other_layer", "backward", "act_slope(self.Z[i - 1])", "act_slope(self.Z[0][:1])",
              "derivative_of_other_layer"),
        Fault("function_for_slope", "backward", "act_slope(self.Z[i - 1])", "act(self.Z[i - 1])",
              "derivative_returns_input"),
        Fault("scale_of_output_lost", "backward", "/ n * 0.5 * (1 - pred ** 2)", "/ n * (1 - pred ** 2)", "factor_two"),
        Fault("slope_of_plain_logistic", "backward", "0.5 * (1 - pred ** 2)", "pred * (1 - pred)",
              "wrong_activation_derivative"),
        Fault("leak_forgotten", "backward",
              "        return 1.0\n    return 0.3\n", "        return 1.0\n    return 0.0\n",
              "leaky_slope_mismatch"),
        Fault("mean_for_sum", "backward", "dB[i] = np.sum(delta, axis=1, keepdims=True)",
              "dB[i] = np.mean(delta, axis=1, keepdims=True)"),
    ),
)  # fmt: skip

VECTORS = (THETA, EINSUM, VECTORIZED)
