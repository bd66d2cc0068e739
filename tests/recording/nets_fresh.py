"""A second set of networks, written before the recorder could be tried, and kept back until it was done."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, copied, moved, numbered, softmax, turns
from nets_types import Fault, Net, Observed, Program


def _column_oracle(program: Program) -> list[Observed]:
    space = program.run(cut="mlp.fit(")
    mlp, found = space["mlp"], []
    for rows in (slice(0, 9), slice(9, 23)):
        X, T = space["X"][rows], space["T"][rows]

        def loss(p: Arrays, X: Any = X, T: Any = T) -> float:
            a = np.tanh(np.tanh(X @ p["W0"][:-1] + p["W0"][-1]) @ p["W1"][:-1] + p["W1"][-1])
            return -float((T * np.log(softmax(a @ p["W2"][:-1] + p["W2"][-1]))).sum() / len(X))

        before, said = numbered(W=mlp.theta), float(mlp.cross_entropy(X, T))
        mlp.fit(X, T, 1)
        found.append(Observed(before, moved(before, numbered(W=mlp.theta), 0.05), loss, said))
    return found


BIAS_COLUMN = Net(
    "bias_column.py",
    "bias inside the weights",
    _column_oracle,
    (
        Fault("first_for_last", "backward", "back[:, :-1] * (1", "back[:, 1:] * (1", "bias_leaks_into_delta"),
        Fault("slope_left_out", "backward", "back[:, :-1] * (1 - acts[i][:, :-1] ** 2)", "back[:, :-1]",
              "missing_activation_derivative"),
        Fault("wrong_layer", "backward", "grads[i] = acts[i].T @ delta", "grads[i] = acts[i].T @ delta / (i + 1)"),
        Fault("not_averaged", "backward", "(acts[-1] - T) / len(X)", "acts[-1] - T", "gradient_not_averaged"),
        Fault("softmax_over_samples", "forward", "e / e.sum(1)[:, None]", "e / e.sum(0)", "softmax_over_batch"),
    ),
)  # fmt: skip


def _rbf_loss(s: dict[str, Any], p: Arrays) -> float:
    phi = np.exp(-p["gammas"] * (s["x"] - p["centres"]) ** 2)
    return 0.5 * float(np.mean((phi @ p["weights"] + p["offset"] - s["t"][:, 0]) ** 2))


def _rbf_oracle(program: Program) -> list[Observed]:
    names, loop = "centres gammas weights offset", "for epoch in range(300)"
    found = turns(program, loop, names, 0.2, _rbf_loss, "print(")
    said = program.run((loop, "for epoch in range(2)"), cut="print(")["history"]
    return [Observed(o.point, o.gradient, o.loss, float(v)) for o, v in zip(found, said, strict=True)]


RBF = Net(
    "rbf_units.py",
    "radial basis functions",
    _rbf_oracle,
    (
        Fault("sign_lost", "backward", "d_gammas = -(d_exponent", "d_gammas = (d_exponent"),
        Fault("width_forgotten", "backward", "d_exponent * 2 * gammas * diff", "d_exponent * 2 * diff"),
        Fault("exponent_forgotten", "backward", "d_exponent = d_phi * phi", "d_exponent = d_phi"),
        Fault("error_for_phi", "backward", "np.outer(g, weights)", "np.outer(err, weights)"),
        Fault("axis_of_centres", "update", "centres -= 0.2 * d_centres", "centres -= 0.2 * d_gammas"),
    ),
)  # fmt: skip


def _pairs_oracle(program: Program) -> list[Observed]:
    space, found = program.run(name="net"), []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        xa, xb, same = g.normal(size=(8 + seed, 4)), g.normal(size=(8 + seed, 4)), g.integers(0, 2, 8 + seed)
        before = {"w": g.normal(size=(4, 6)) * 0.5, "v": g.normal(size=(6, 3)) * 0.5}

        def loss(p: Arrays, xa: Any = xa, xb: Any = xb, same: Any = same) -> float:
            gap = np.tanh(xa @ p["w"]) @ p["v"] - np.tanh(xb @ p["w"]) @ p["v"]
            d = np.linalg.norm(gap, axis=1)
            return float(np.where(same == 1, d**2, np.maximum(1.5 - d, 0) ** 2).mean())

        a, b = (space["embed"](x, before["w"], before["v"])[1] for x in (xa, xb))
        said = float(space["contrastive_loss"](a, b, same, 1.5))
        after = space["sgd"](xa, xb, same, before["w"].copy(), before["v"].copy(), epochs=1)
        found.append(Observed(before, moved(before, dict(zip("wv", after, strict=True)), 0.1), loss, said))
    return found


PAIRS = Net(
    "contrastive_pairs.py",
    "contrastive loss on pairs",
    _pairs_oracle,
    (
        Fault("distance_not_divided", "backward", "(slope / d)[:, np.newaxis]", "slope[:, np.newaxis]"),
        Fault("sign_of_second", "backward", "gb = -ga", "gb = ga"),
        Fault("second_path_forgotten", "backward", "gw = xa.T @ gha + xb.T @ ghb", "gw = xa.T @ gha"),
        Fault("slope_of_other", "backward", "(gb @ v.T) * (1 - hb ** 2)", "(gb @ v.T) * (1 - ha ** 2)"),
        Fault("margin_sign", "backward", "2 * same * d - 2 * (1 - same)", "2 * same * d + 2 * (1 - same)"),
    ),
)  # fmt: skip


def _residual_oracle(program: Program) -> list[Observed]:
    space = program.run(cut="for it in range(100)")
    net, found = space["net"], []

    def now() -> Arrays:
        return {f"{k}{name}": np.array(v) for k in (0, 1) for name, v in net.blocks[k].p.items()} | copied("w", net)

    for rows in (slice(0, 8), slice(8, 20)):
        x, y = space["x"][rows], space["y"][rows]

        def loss(p: Arrays, x: Any = x, y: Any = y) -> float:
            for k in "01":
                n = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * p[k + "g"] + p[k + "b"]
                x = x + np.maximum(n @ p[k + "W1"] + p[k + "b1"], 0) @ p[k + "W2"] + p[k + "b2"]
            return float(((x @ p["w"] - y) ** 2).mean())

        before, said = now(), float(net.loss(x, y))
        net.train_step(x, y, 0.05)
        found.append(Observed(before, moved(before, now(), 0.05), loss, said))
    return found


RESIDUAL = Net(
    "residual_norm.py",
    "residual blocks with layer norm",
    _residual_oracle,
    (
        Fault("shortcut_forgotten", "backward", "return dout + dx", "return dx"),
        Fault("mean_term_forgotten", "backward", "dxhat - dxhat.mean(-1, keepdims=True) - xhat", "dxhat - xhat"),
        Fault("mean_over_samples", "backward",
              "dxhat - dxhat.mean(-1, keepdims=True)", "dxhat - dxhat.mean(0, keepdims=True)"),
        Fault("mask_left_out", "backward", "(dout @ p[\"W2\"].T) * (self.pre > 0)", "(dout @ p[\"W2\"].T)",
              "missing_activation_derivative"),
        Fault("own_input", "backward", 'self.d["W1"] = self.n.T @ dpre', 'self.d["W1"] = self.saved[0].T @ dpre'),
        Fault("updates_one_block", "update",
              "    for block in self.blocks:\n            for key",
              "    for block in self.blocks[:1]:\n            for key"),
    ),
)  # fmt: skip


FRESH_FIRST = (BIAS_COLUMN, RBF, PAIRS, RESIDUAL)
