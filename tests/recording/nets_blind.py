"""A third set of networks, with mistakes as people post them, written before the search for corrections was widened."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, copied, moved, numbered, picked, sigmoid, softmax
from nets_types import Fault, Net, Observed, Program


def _nielsen_oracle(program: Program) -> list[Observed]:
    space = program.run(name="net")
    np.random.seed(5)
    net, found = space["Network"]([4, 4, 4, 2]), []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        batch = [(g.random((4, 1)), g.random((2, 1))) for _ in range(5 + seed)]

        def loss(p: Arrays, batch: Any = batch) -> float:
            total = 0.0
            for a, y in batch:
                for k in range(3):
                    a = sigmoid(p[f"w{k}"] @ a + p[f"b{k}"])
                total += 0.5 * float(((a - y) ** 2).sum())
            return total / len(batch)

        before = numbered(w=net.weights, b=net.biases)
        net.update_mini_batch(batch, 3.0)
        found.append(Observed(before, moved(before, numbered(w=net.weights, b=net.biases), 3.0), loss))
    return found


NIELSEN = Net(
    "digits_nielsen.py",
    "lists zipped, one sample at a time",
    _nielsen_oracle,
    (
        Fault("own_activation", "backward", "activations[-l - 1].transpose()", "activations[-l].transpose()",
              "weight_gradient_uses_own_output"),
        Fault("sign_of_cost", "backward", "(output_activations - y)", "(y - output_activations)", "sign_flipped"),
        Fault("slope_left_out", "backward", "activations[-1], y) * sigmoid_prime(zs[-1])", "activations[-1], y)",
              "missing_activation_derivative"),
        Fault("slope_of_activation", "backward", "sp = sigmoid_prime(z)", "sp = sigmoid_prime(sigmoid(z))",
              "derivative_at_activation"),
        Fault("not_accumulated", "backward", "nabla_w = [nw + dnw for", "nabla_w = [dnw for"),
        Fault("formula_on_z", "backward", "return sigmoid(z) * (1 - sigmoid(z))", "return z * (1 - z)",
              "derivative_formula_on_preactivation"),
        Fault("not_averaged", "update", "b - (eta / len(mini_batch)) * nb", "b - eta * nb",
              "bias_gradient_not_averaged"),
        Fault("stops_early", "backward", "for l in range(2, self.num_layers):",
              "for l in range(2, self.num_layers - 1):"),
    ),
    loss="none",
)  # fmt: skip


def _regularised_oracle(program: Program) -> list[Observed]:
    space = program.run(name="net")
    np.random.seed(3)
    net, found = space["TwoLayerNet"](5, 9, 3), []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        X, y = g.normal(size=(10 + seed, 5)), g.integers(0, 3, 10 + seed)

        def loss(p: Arrays, X: Any = X, y: Any = y) -> float:
            probs = softmax(np.maximum(X @ p["W1"] + p["b1"], 0) @ p["W2"] + p["b2"])
            return float(picked(probs, y).mean() + 0.05 * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum()))

        before = copied(net.params, net.params)
        state = np.random.get_state()
        np.random.choice = lambda n, size: np.arange(n)  # the batch is the whole set
        try:
            said = net.train(X, y, num_iters=1)[0]
        finally:
            np.random.choice = np.random.mtrand._rand.choice
            np.random.set_state(state)
        found.append(Observed(before, moved(before, copied(net.params, net.params), 0.1), loss, float(said)))
    return found


REGULARISED = Net(
    "two_layer_reg.py",
    "loss and gradients in one method",
    _regularised_oracle,
    (
        Fault("two_forgotten", "backward", "grads['W1'] += 2 * reg * W1", "grads['W1'] += reg * W1"),
        Fault("batch_forgotten", "backward", "        dscores /= N\n", "", "gradient_not_averaged"),
        Fault("mask_of_scores", "backward", "dhidden[hidden <= 0] = 0", "dhidden[dhidden <= 0] = 0"),
        Fault("mask_forgotten", "backward", "        dhidden[hidden <= 0] = 0\n", "", "missing_activation_derivative"),
        Fault("decay_overwrites", "backward", "grads['W2'] += 2 * reg * W2", "grads['W2'] = 2 * reg * W2"),
        Fault("bias_of_other", "backward", "grads['b1'] = np.sum(dhidden, axis=0)",
              "grads['b1'] = np.mean(dhidden, axis=0)"),
        Fault("scores_for_probs", "backward", "dscores = probs.copy()", "dscores = scores.copy()"),
        Fault("half_decay", "loss", "loss += reg * (np.sum", "loss += 0.5 * reg * (np.sum"),
    ),
)  # fmt: skip


def _caches_oracle(program: Program) -> list[Observed]:
    space = program.run(name="net")
    g = np.random.default_rng(7)
    model = {"w1": g.normal(size=(6, 8)) * 0.4, "b1": g.normal(size=8) * 0.1,
             "w2": g.normal(size=(8, 4)) * 0.4, "b2": g.normal(size=4) * 0.1}  # fmt: skip
    velocity, found = {k: np.zeros_like(v) for k, v in model.items()}, []
    old = {k: np.zeros_like(v) for k, v in model.items()}
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        x, y = g.normal(size=(9 + seed, 2, 3)), g.integers(0, 4, 9 + seed)
        mask = (np.random.RandomState(seed).rand(len(x), 8) < 0.8) / 0.8

        def loss(p: Arrays, x: Any = x, y: Any = y, mask: Any = mask) -> float:
            z = x.reshape(len(x), -1) @ p["w1"] + p["b1"]
            s = np.where(z > 0, z, 0.1 * z) * mask @ p["w2"] + p["b2"]
            rows = np.arange(len(y))
            gap = np.maximum(0, s - s[rows, y][:, None] + 1)
            gap[rows, y] = 0
            return float(gap.sum() / len(y))

        before = copied(model, model)
        said = float(space["train_step"](model, velocity, x, y, np.random.RandomState(seed)))
        steps = {k: model[k] - before[k] for k in model}
        gradient = {k: (0.9 * old[k] - steps[k]) / 0.05 for k in model}
        old = {k: 0.9 * old[k] - 0.05 * gradient[k] for k in model}
        found.append(Observed(before, gradient, loss, said))
    return found


CACHES = Net(
    "affine_caches.py",
    "functions forward and backward with caches",
    _caches_oracle,
    (
        Fault("mask_forgotten", "backward", "da1 = leaky_backward(dh1, act1)", "da1 = leaky_backward(dd1, act1)"),
        Fault("mask_not_scaled", "backward", "return dout * mask", "return dout * (mask > 0)"),
        Fault("velocity_sign", "update", "v = mu * v - lr * dw", "v = mu * v + lr * dw"),
        Fault("wrong_upstream", "backward", "affine_backward(da1, fc1)", "affine_backward(dh1, fc1)",
              "missing_activation_derivative"),
        Fault("slope_dropped", "backward", "np.where(x > 0, dout, slope * dout)", "np.where(x > 0, dout, 0)",
              "leaky_slope_mismatch"),
        Fault("count_forgotten", "backward", "dx[np.arange(n), y] -= num_pos", "dx[np.arange(n), y] -= 1"),
        Fault("mean_for_sum", "backward", "db = np.sum(dout, axis=0)", "db = np.mean(dout, axis=0)"),
        Fault("rate_twice", "update", "return w + v, v", "return w + 0.05 * v, v"),
    ),
)  # fmt: skip


def _waves_oracle(program: Program) -> list[Observed]:
    names = ["Wxh", "Whh", "Why", "bh", "by"]
    spaces = [program.run(("while n < 200", f"while n < {k}")) for k in range(3)]
    points, found = [copied(names, s) for s in spaces], []
    wave = spaces[0]["wave"]
    for k in range(2):
        start = np.zeros((7, 1)) if k == 0 else np.array(spaces[1]["hprev"])
        inputs, targets = wave[6 * k : 6 * k + 6], wave[6 * k + 1 : 6 * k + 7]

        def loss(p: Arrays, h: Any = start, inputs: Any = inputs, targets: Any = targets) -> float:
            total = 0.0
            for x, t in zip(inputs, targets, strict=True):
                h = np.tanh(p["Wxh"] * x + p["Whh"] @ h + p["bh"])
                total += 0.5 * float(((p["Why"] @ h + p["by"] - t) ** 2).sum())
            return total

        found.append(Observed(points[k], moved(points[k], points[k + 1], 0.01), loss, float(spaces[k + 1]["loss"])))
    return found


WAVES = Net(
    "elman_waves.py",
    "recurrent script with globals",
    _waves_oracle,
    (
        Fault("not_accumulated", "backward", "dWhh += np.dot(dhraw, hs[t - 1].T)", "dWhh = np.dot(dhraw, hs[t - 1].T)"),
        Fault("next_forgotten", "backward", "np.dot(Why.T, dy) + dhnext", "np.dot(Why.T, dy)"),
        Fault("own_state", "backward", "np.dot(dhraw, hs[t - 1].T)", "np.dot(dhraw, hs[t].T)",
              "weight_gradient_uses_own_output"),
        Fault("slope_forgotten", "backward", "dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = dh",
              "missing_activation_derivative"),
        Fault("not_transposed", "backward", "dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh, dhraw)",
              "weights_not_transposed"),
        Fault("first_left_out", "backward", "in reversed(range(len(inputs))):", "in reversed(range(1, len(inputs))):"),
        Fault("dh_for_raw", "backward", "dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh.T, dh)"),
        Fault("forwards", "backward", "in reversed(range(len(inputs))):", "in range(len(inputs)):"),
    ),
)  # fmt: skip


def _slices_oracle(program: Program) -> list[Observed]:
    space = program.run(name="net")
    model, found = space["LSTM"](3, 4, np.random.default_rng(1)), []
    names = ["Wx", "Wh", "b", "Wy", "by"]
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        X, y = g.normal(size=(6 + seed, 5, 3)), g.normal(size=6 + seed)

        def loss(p: Arrays, X: Any = X, y: Any = y) -> float:
            h = c = np.zeros((len(X), 4))
            for t in range(5):
                i, f, o, u = np.split(X[:, t] @ p["Wx"] + h @ p["Wh"] + p["b"], 4, axis=1)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(u)
                h = sigmoid(o) * np.tanh(c)
            return float(((h @ p["Wy"] + p["by"] - y[:, None]) ** 2).mean())

        before = copied(names, model)
        said = float(model.loss_and_grads(X, y))
        model.update(0.05)
        found.append(Observed(before, moved(before, copied(names, model), 0.05), loss, said))
    return found


SLICES = Net(
    "lstm_slices.py",
    "LSTM with slices of one array",
    _slices_oracle,
    (
        Fault("slices_swapped", "backward",
              "da[:, H:2 * H] = df * f * (1 - f)\n        da[:, 2 * H:3 * H] = do * o * (1 - o)",
              "da[:, 2 * H:3 * H] = df * f * (1 - f)\n        da[:, H:2 * H] = do * o * (1 - o)"),
        Fault("sigmoid_for_tanh", "backward", "dg * (1 - g ** 2)", "dg * g * (1 - g)", "wrong_activation_derivative"),
        Fault("old_cell", "backward", "df = dc * c_prev", "df = dc * c"),
        Fault("cell_path_lost", "backward", "dc = dc + dh * o * (1 - tc ** 2)", "dc = dh * o * (1 - tc ** 2)"),
        Fault("forget_gate_lost", "backward", "dc_prev = dc * f", "dc_prev = dc"),
        Fault("square_of_cell", "backward", "dh * o * (1 - tc ** 2)", "dh * o * (1 - c ** 2)",
              "derivative_formula_on_preactivation"),
        Fault("order_of_time", "backward", "for cache in caches[::-1]:", "for cache in caches:"),
        Fault("overwritten", "backward", "self.db += da.sum(axis=0)", "self.db = da.sum(axis=0)"),
        Fault("input_gate_twice", "backward", "dg = dc * i", "dg = dc * g"),
    ),
)  # fmt: skip

BLIND_FIRST = (NIELSEN, REGULARISED, CACHES, WAVES, SLICES)
