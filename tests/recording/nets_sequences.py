"""Recurrent networks of the corpus."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, binary, copied, moved, sigmoid, softmax
from nets_types import Fault, Net, Observed, Program


def _char_loss(inputs: list[int], targets: list[int], h: Any, p: Arrays) -> float:
    total = 0.0
    for i, t in zip(inputs, targets, strict=True):
        h = np.tanh(p["w_xh"][:, [i]] + p["w_hh"] @ h + p["b_h"])
        total -= float(np.log(softmax((p["w_hy"] @ h + p["b_y"]).T)[0, t]))
    return total


def _char_oracle(program: Program) -> list[Observed]:
    names = ["w_xh", "w_hh", "w_hy", "b_h", "b_y"]
    spaces = [program.run(("while n < 200", f"while n < {k}")) for k in range(3)]
    found, squares = [], {name: np.zeros_like(spaces[0][name]) for name in names}
    for k in range(2):
        before, after = copied(names, spaces[k]), copied(names, spaces[k + 1])
        ids = [spaces[0]["char_to_ix"][c] for c in spaces[0]["text"][7 * k : 7 * k + 8]]
        h = np.zeros((10, 1))
        for i in [spaces[0]["char_to_ix"][c] for c in spaces[0]["text"][: 7 * k]]:  # what the file carries over
            first = copied(names, spaces[0])
            h = np.tanh(first["w_xh"][:, [i]] + first["w_hh"] @ h + first["b_h"])
        gradient = {}
        _, *grads, _ = spaces[k]["loss_and_grads"](ids[:-1], ids[1:], h.copy())
        for name, grad in zip(names, grads, strict=True):  # what Adagrad should do with it; a surplus is gradient
            squares[name] = squares[name] + grad**2
            expected = before[name] - 0.1 * grad / np.sqrt(squares[name] + 1e-8)
            gradient[name] = grad + (expected - after[name]) / 0.1
        found.append(Observed(before, gradient, lambda p, ids=ids, h=h: _char_loss(ids[:-1], ids[1:], h, p),
                              float(spaces[k + 1]["loss"])))  # fmt: skip
    return found


CHAR_RNN = Net(
    "char_rnn.py",
    "RNN through time, script with Adagrad",
    _char_oracle,
    (
        Fault("forgets_the_future", "backward", "dh = np.dot(w_hy.T, dy) + dh_next", "dh = np.dot(w_hy.T, dy)"),
        Fault("recurrent_not_transposed", "backward", "dh_next = np.dot(w_hh.T, dh_raw)",
              "dh_next = np.dot(w_hh, dh_raw)", "weights_not_transposed"),
        Fault("slope_not_passed_back", "backward", "dh_next = np.dot(w_hh.T, dh_raw)", "dh_next = np.dot(w_hh.T, dh)"),
        Fault("state_of_now", "backward", "d_hh += np.dot(dh_raw, hs[t - 1].T)", "d_hh += np.dot(dh_raw, hs[t].T)",
              "weight_gradient_uses_own_output"),
        Fault("assigned_for_added", "backward", "d_bh += dh_raw", "d_bh = dh_raw"),
        Fault("slope_without_square", "backward", "(1 - hs[t] * hs[t]) * dh", "(1 - hs[t]) * dh"),
        Fault("memory_by_gradient", "update", "mem += dparam * dparam", "mem += np.abs(dparam)"),
    ),
)  # fmt: skip


def _lstm_loss(xs: Any, target: float, p: Arrays) -> float:
    h = c = np.zeros((4, 1))
    for x in xs:
        joined = np.concatenate([h, x[:, None]])
        f, i, o = (sigmoid(p[f"W{k}"] @ joined + p[f"b{k}"]) for k in "fio")
        c = f * c + i * np.tanh(p["Wc"] @ joined + p["bc"])
        h = o * np.tanh(c)
    return 0.5 * float(((p["Wy"] @ h + p["by"] - target) ** 2).sum())


def _lstm_oracle(program: Program) -> list[Observed]:
    net = program.run(name="net")["LSTM"](2, 4)
    names = [f"{kind}{gate}" for gate in "ficoy" for kind in "Wb"]
    found = []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        xs, target = g.normal(size=(3 + seed, 2)), float(g.normal())
        before, said = copied(names, net), float(net.loss(xs, target))
        net.step(net.backward(xs, target), 0.05)
        found.append(Observed(before, moved(before, copied(names, net), 0.05),
                              lambda p, xs=xs, target=target: _lstm_loss(xs, target, p), said))  # fmt: skip
    return found


LSTM = Net(
    "lstm_forecast.py",
    "LSTM",
    _lstm_oracle,
    (
        Fault("cell_path_forgotten", "backward", "dc = dc_next + dh * o", "dc = dh * o"),
        Fault("cell_passed_whole", "backward", "dc_next = dc * f", "dc_next = dc"),
        Fault("new_cell_for_old", "backward", "df = dc * c_prev", "df = dc * c"),
        Fault("gates_swapped", "backward", "dg = dc * i", "dg = dc * g"),
        Fault("slope_of_sigmoid", "backward", "dzg = dg * (1 - g ** 2)", "dzg = dg * g * (1 - g)",
              "wrong_activation_derivative"),
        Fault("slope_without_tanh", "backward", "(1 - tc ** 2)", "(1 - c ** 2)", "derivative_formula_on_preactivation"),
        Fault("gate_path_forgotten", "backward", " + self.Wo.T @ dzo", ""),
        Fault("assigned_for_added", "backward", 'grads["bi"] += dzi', 'grads["bi"] = dzi'),
        Fault("cell_not_squashed", "forward", "h = o * np.tanh(c)", "h = o * c"),
        Fault("wrong_part", "backward", "dh = dconcat[:self.n_hidden]", "dh = dconcat[-self.n_hidden:]"),
    ),
)  # fmt: skip


def _gru_loss(x: Any, target: Any, p: Arrays) -> float:
    h = np.zeros((len(x), 4))
    for t in range(x.shape[1]):
        z = sigmoid(x[:, t] @ p["Wz"] + h @ p["Uz"] + p["bz"])
        r = sigmoid(x[:, t] @ p["Wr"] + h @ p["Ur"] + p["br"])
        h = (1 - z) * h + z * np.tanh(x[:, t] @ p["Wh"] + (r * h) @ p["Uh"] + p["bh"])
    return float(binary(sigmoid(h @ p["V"] + p["c"]), target).mean())


def _gru_oracle(program: Program) -> list[Observed]:
    spaces = [program.run(("range(100)", f"range({k})")) for k in range(3)]
    points = [copied(space["theta"], space["theta"]) for space in spaces]
    x, target = spaces[0]["x"], spaces[0]["target"]
    said = [float(space["bce"](space["gru_forward"](x, space["theta"])[0], target)) for space in spaces]
    return [
        Observed(points[k], moved(points[k], points[k + 1], 0.5), lambda p: _gru_loss(x, target, p), said[k])
        for k in range(2)
    ]


GRU = Net(
    "gru_parity.py",
    "GRU",
    _gru_oracle,
    (
        Fault("reset_path_forgotten", "backward", "        dh_prev += drh * r\n", ""),
        Fault("gate_turned_forward", "forward", "(1 - z) * h + z * cand", "z * h + (1 - z) * cand"),
        Fault("candidate_for_state", "backward", "dz = dh * (cand - h)", "dz = dh * (h - cand)"),
        Fault("gate_turned", "backward", "dcand = dh * z", "dcand = dh * (1 - z)"),
        Fault("state_not_reset", "backward", "g['Uh'] += (r * h).T @ dac", "g['Uh'] += h.T @ dac"),
        Fault("slope_of_sigmoid", "backward", "dcand * (1 - cand ** 2)", "dcand * cand * (1 - cand)",
              "wrong_activation_derivative"),
        Fault("not_transposed", "backward", "dar @ p['Ur'].T", "dar @ p['Ur']", "weights_not_transposed"),
        Fault("assigned_for_added", "backward", "dh_prev += daz @ p['Uz'].T", "dh_prev = daz @ p['Uz'].T"),
        Fault("kept_from_last_call", "backward",
              "steps, p):\n    g = {k: np.zeros_like(v) for k, v in p.items()}\n",
              "steps, p, g={k: np.zeros_like(v) for k, v in theta.items()}):\n", "gradient_not_reset"),
        Fault("sum_over_everything", "backward", "g['bh'] += dac.sum(0)", "g['bh'] += dac.sum()",
              "bias_gradient_wrong_axis"),
    ),
)  # fmt: skip

SEQUENCES = (CHAR_RNN, LSTM, GRU)
