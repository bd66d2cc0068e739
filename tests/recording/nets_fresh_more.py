"""The rest of the second set of networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, binary, copied, moved, numbered, sigmoid, softmax
from nets_types import Fault, Net, Observed, Program


def _closures_oracle(program: Program) -> list[Observed]:
    spaces = [program.run(("range(200)", f"range({k})")) for k in range(3)]
    points = [
        numbered(W=[s["first"][3][0], s["second"][3][0]], b=[s["first"][3][1], s["second"][3][1]]) for s in spaces
    ]
    x, y = spaces[0]["inputs"], spaces[0]["wanted"]

    def loss(p: Arrays) -> float:
        z = x @ p["W0"] + p["b0"]
        out = 0.5 * z * (1 + np.tanh(0.8 * z)) @ p["W1"] + p["b1"]
        return float(np.log(np.cosh(out - y)).sum() / len(y))

    said = [float(s["log_cosh"](s["forward"](x), y)) for s in spaces]
    return [Observed(points[k], moved(points[k], points[k + 1], 0.2), loss, said[k]) for k in range(2)]


CLOSURES = Net(
    "closures.py",
    "closures",
    _closures_oracle,
    (
        Fault("product_rule_half", "backward", "return 0.5 * (1 + t) + 0.4 * x * (1 - t ** 2)", "return 0.5 * (1 + t)"),
        Fault("inner_factor", "backward", "0.4 * x * (1 - t ** 2)", "0.5 * x * (1 - t ** 2)"),
        Fault("function_for_slope", "backward", "return g * df(memo[\"x\"])", "return g * f(memo[\"x\"])"),
        Fault("mean_for_sum", "backward", 'memo["db"] = np.sum(g, axis=0)', 'memo["db"] = np.mean(g, axis=0)'),
        Fault("not_kept", "update", 'b[...] -= lr * memo["db"]', 'b[...] = -lr * memo["db"]'),
    ),
)  # fmt: skip


def _vae_oracle(program: Program) -> list[Observed]:
    names = ["We", "Wm", "Ws", "Wd", "Wo"]
    spaces = [program.run(("range(80)", f"range({k})")) for k in range(3)]
    points = [copied(names, s["vae"]) for s in spaces]
    x, found = spaces[0]["data"], []
    for k in range(2):
        noise = spaces[k + 1]["noise"]

        def loss(p: Arrays, noise: Any = noise) -> float:
            h = np.tanh(x @ p["We"])
            mu, logvar = h @ p["Wm"], h @ p["Ws"]
            out = sigmoid(np.tanh((mu + np.exp(logvar / 2) * noise) @ p["Wd"]) @ p["Wo"])
            return float((binary(out, x).sum() + 0.5 * (mu**2 + np.exp(logvar) - logvar - 1).sum()) / len(x))

        found.append(Observed(points[k], moved(points[k], points[k + 1], 0.1), loss, float(spaces[k + 1]["loss"])))
    return found


VAE = Net(
    "small_vae.py",
    "variational autoencoder",
    _vae_oracle,
    (
        Fault("prior_forgotten", "backward", "dmu = dz + self.mu / n", "dmu = dz"),
        Fault("half_forgotten", "backward", "dz * noise * 0.5 * self.std", "dz * noise * self.std"),
        Fault("noise_forgotten", "backward", "dz * noise * 0.5", "dz * 0.5"),
        Fault("variance_path", "backward", "dmu @ self.Wm.T + dlogvar @ self.Ws.T", "dmu @ self.Wm.T"),
        Fault("variance_sign", "loss", "1 + self.logvar - self.mu ** 2", "1 + self.logvar + self.mu ** 2"),
    ),
)  # fmt: skip


def _huber_oracle(program: Program) -> list[Observed]:
    space = program.run(name="net")
    state, found = space["State"](space["Config"]()), []
    squares = [np.zeros_like(w) for w in state.weights]
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        x, y = g.normal(size=(9 + seed, 3)), g.normal(size=(9 + seed, 1))

        def loss(p: Arrays, x: Any = x, y: Any = y) -> float:
            z = x @ p["w0"] + p["w1"]
            r = np.abs(np.where(z > 0, z, np.expm1(np.minimum(z, 0))) @ p["w2"] + p["w3"] - y)
            return float(np.where(r <= 0.5, 0.5 * r**2, 0.5 * (r - 0.25)).mean())

        before = numbered(w=state.weights)
        said, grads = space["loss_and_gradients"](state, x, y)
        space["rmsprop"](state, grads)
        gradient = {}
        for k, (grad, after) in enumerate(zip(grads, state.weights, strict=True)):
            squares[k] = 0.9 * squares[k] + 0.1 * grad**2
            expected = before[f"w{k}"] - 0.01 * grad / (np.sqrt(squares[k]) + 1e-8)
            gradient[f"w{k}"] = grad + (expected - after) / 0.01
        found.append(Observed(before, gradient, loss, float(said)))
    return found


HUBER = Net(
    "rmsprop_huber.py",
    "dataclass with RMSprop and Huber loss",
    _huber_oracle,
    (
        Fault("never_clipped", "backward", "np.clip(r, -delta, delta) / r.size", "r / r.size"),
        Fault("sign_only", "backward", "np.clip(r, -delta, delta) / r.size", "np.sign(r) / r.size"),
        Fault("slope_of_elu", "backward", "np.where(z > 0, 1, h + 1)", "np.where(z > 0, 1, h)"),
        Fault("slope_of_relu", "backward", "np.where(z > 0, 1, h + 1)", "np.where(z > 0, 1, 0)",
              "wrong_activation_derivative"),
        Fault("root_forgotten", "update", "(np.sqrt(state.cache[i]) + 1e-8)", "(state.cache[i] + 1e-8)"),
    ),
)  # fmt: skip


def _single_oracle(program: Program) -> list[Observed]:
    spaces = [program.run(("range(100)", f"range({k})")) for k in range(3)]
    names = ["W1", "b1", "W2", "b2"]
    points = [copied(names, s) for s in spaces]
    x, t = spaces[0]["images"].astype(float), spaces[0]["onehot"].astype(float)

    def loss(p: Arrays) -> float:
        probs = softmax(np.logaddexp(0, x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
        decay = float(np.float32(0.01)) / 2 * sum((p[k] ** 2).sum() for k in ("W1", "W2"))
        return float(-(t * np.log(probs)).sum() / len(x) + decay)

    return [
        Observed(points[k], moved(points[k], points[k + 1], 0.5), loss, float(spaces[k + 1]["loss"])) for k in range(2)
    ]


SINGLE = Net(
    "single_precision.py",
    "single precision with weight decay",
    _single_oracle,
    (
        Fault("slope_at_activation", "backward", "da1 / (1 + np.exp(-z1))", "da1 / (1 + np.exp(-a1))",
              "derivative_at_activation"),
        Fault("slope_left_out", "backward", "dz1 = da1 / (1 + np.exp(-z1))", "dz1 = da1",
              "missing_activation_derivative"),
        Fault("decay_missing", "backward", "    dW1 += reg * W1\n", "", "weight_decay_not_in_gradient"),
        Fault("decay_doubled", "backward", "dW2 += reg * W2", "dW2 += 2 * reg * W2"),
        Fault("divided_by_classes", "backward", "(probs - onehot) / len(images)", "(probs - onehot) / onehot.shape[1]",
              "batch_size_assumed"),
        Fault("wrong_bias", "update", "b2 -= 0.5 * db2", "b2 -= 0.5 * dscores.sum()"),
    ),
    tolerance=1e-4,
)  # fmt: skip

FRESH_MORE = (CLOSURES, VAE, HUBER, SINGLE)
