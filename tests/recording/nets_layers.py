"""Networks of the corpus with more than dense layers: convolutions, batch norm, attention, embedding."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Array, Arrays, copied, moved, picked, softmax
from nets_types import Fault, Net, Observed, Program


def _correlate(x: Array, kernels: Array) -> Array:
    """(N, C, H, W) with (F, C, 3, 3), where they overlap in full: (N, F, H - 2, W - 2)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return np.asarray(np.tensordot(windows, kernels, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2))


def _loops_loss(image: Array, label: int, p: Arrays) -> float:
    z = _correlate(image[None, None], p["K"][:, None])[0] + p["kb"][:, None, None]
    f, h, w = z.shape
    pooled = z.reshape(f, h // 2, 2, w // 2, 2).max(axis=(2, 4))
    return -float(np.log(softmax(np.tanh(pooled).reshape(-1) @ p["W"] + p["b"])[label]))


def _loops_oracle(program: Program) -> list[Observed]:
    changes = (("range(2):\n        total", "range(1):\n        total"),
               ("    lr = 0.05\n", "    lr = 0.05\n    globals().update(images=images, labels=labels)\n"))  # fmt: skip
    some, names = "in zip(images, labels)", ["K", "kb", "W", "b"]
    spaces = [program.run(*changes, (some, f"in list(zip(images, labels))[:{k}]")) for k in range(3)]
    points = [copied(names, space) for space in spaces]
    images, labels = spaces[0]["images"], spaces[0]["labels"]
    found = []
    for k in range(2):
        space = spaces[k]
        said = float(space["cross_entropy"](space["forward"](images[k])[-1], labels[k]))
        found.append(Observed(points[k], moved(points[k], points[k + 1], 0.05),
                              lambda p, k=k: _loops_loss(images[k], labels[k], p), said))  # fmt: skip
    return found


CONV_LOOPS = Net(
    "conv_loops.py",
    "convolution by loops",
    _loops_oracle,
    (
        Fault("assigned_for_added", "backward", "dK[f] += dout[f, r, c]", "dK[f] = dout[f, r, c]"),
        Fault("window_flipped", "backward",
              "dout[f, r, c] * img[r:r + 3, c:c + 3]", "dout[f, r, c] * img[r:r + 3, c:c + 3][::-1, ::-1]"),
        Fault("every_winner", "backward", "dx[k, 2 * r + i, 2 * c + j] = dout[k, r, c]",
              "dx[k, 2 * r:2 * r + 2, 2 * c:2 * c + 2] = dout[k, r, c]"),
        Fault("winner_without_stride", "backward", "dx[k, 2 * r + i, 2 * c + j]", "dx[k, r + i, c + j]"),
        Fault("slope_left_out", "backward", "dp = da * (1 - a ** 2)", "dp = da", "missing_activation_derivative"),
        Fault("slope_at_pool", "backward", "dp = da * (1 - a ** 2)", "dp = da * (1 - p ** 2)",
              "derivative_formula_on_preactivation"),
        Fault("filters_climb", "update", "K = K - lr * dK", "K = K + lr * dK"),
    ),
)  # fmt: skip


def _im2col_loss(x: Array, t: Any, p: Arrays) -> float:
    for k in (1, 2):
        x = _correlate(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), p[f"W{k}"]) + p[f"b{k}"][:, None, None]
        x = np.maximum(x, 0)
    return float(picked(softmax(x.reshape(len(x), -1) @ p["W3"] + p["b3"]), t).mean())


def _im2col_oracle(program: Program) -> list[Observed]:
    space = program.run(cut="for step in range")
    net, found = space["net"], []
    for rows in (slice(0, 3), slice(3, 7)):
        x, t = space["x_train"][rows], space["t_train"][rows]
        said = float(net.loss(x, t))
        gradient = copied(net.params, net.gradient(x, t))
        found.append(Observed(copied(net.params, net.params), gradient,
                              lambda p, x=x, t=t: _im2col_loss(x, t, p), said))  # fmt: skip
    step = program.run(("range(10)", "range(1)"), cut="print(net")
    before = copied(net.params, net.params)
    found.append(Observed(before, moved(before, copied(net.params, step["net"].params), 0.1),
                          lambda p: _im2col_loss(space["x_train"], space["t_train"], p)))  # fmt: skip
    return found


CONV_IM2COL = Net(
    "conv_im2col.py",
    "convolution by im2col",
    _im2col_oracle,
    (
        Fault("assigned_for_added", "backward", "xp[:, :, i:i + h, j:j + w] += col[:, :, i, j]",
              "xp[:, :, i:i + h, j:j + w] = col[:, :, i, j]"),
        Fault("padding_offset", "backward", "return xp[:, :, pad:pad + h, pad:pad + w]", "return xp[:, :, :h, :w]"),
        Fault("gradient_misaligned", "backward", "(self.col.T @ dout).T.reshape(FN, C, k, k)",
              "(self.col.T @ dout).reshape(FN, C, k, k)"),
        Fault("channels_last_lost", "backward", "dout.transpose(0, 2, 3, 1).reshape(-1, FN)", "dout.reshape(-1, FN)"),
        Fault("kernel_axes_swapped", "backward", "transpose(0, 3, 4, 5, 1, 2)", "transpose(0, 3, 5, 4, 1, 2)"),
        Fault("mask_left_out", "backward", "        dout[self.mask] = 0\n", "", "missing_activation_derivative"),
        Fault("first_labels_only", "backward", "dx[np.arange(len(self.t)), self.t] -= 1", "dx[:, self.t] -= 1"),
    ),
)  # fmt: skip


def _norm_loss(X: Array, y: Any, p: Arrays) -> float:
    z = X @ p["W1"]
    z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
    return float(picked(softmax(np.maximum(p["gamma"] * z + p["beta"], 0) @ p["W2"] + p["b2"]), y).mean())


def _norm_oracle(program: Program) -> list[Observed]:
    space = program.run(cut="train(model, X, y)")
    model, found = space["model"], []
    for rows in (slice(0, 14), slice(14, 32)):
        X, y = space["X"][rows], space["y"][rows]
        before = copied(model.params, model.params)
        said = float(model.loss(X, y)[0])
        space["train"](model, X, y, lr=0.3, steps=1)
        found.append(Observed(before, moved(before, copied(before, model.params), 0.3),
                              lambda p, X=X, y=y: _norm_loss(X, y, p), said))  # fmt: skip
    return found


BATCHNORM = Net(
    "batchnorm_net.py",
    "batch norm",
    _norm_oracle,
    (
        Fault("mean_term_forgotten", "backward", "dx = dxc - dmu / N", "dx = dxc"),
        Fault("variance_term_forgotten", "backward", "    dxc += (2.0 / N) * xc * dvar\n", ""),
        Fault("variance_power", "backward", "(dxn * xc) / (std * std)", "(dxn * xc) / std"),
        Fault("gamma_left_out", "backward", "dxn = gamma * dout", "dxn = dout"),
        Fault("gamma_by_input", "backward", "dgamma = np.sum(xn * dout, axis=0)", "dgamma = np.sum(xc * dout, axis=0)"),
        Fault("mask_of_input", "backward", "dh * (bn > 0)", "dh * (z1 > 0)"),
        Fault("minus_mean_as_plus", "backward", "dx = dxc - dmu / N", "dx = dxc + dmu / N"),
        Fault("over_units", "forward", "mu = x.mean(axis=0)", "mu = x.mean()"),
    ),
)  # fmt: skip


def _attention_loss(x: Array, y: Any, p: Arrays) -> float:
    e = np.tanh(x @ p["proj"])
    q, k, v = e @ p["Wq"], e @ p["Wk"], e @ p["Wv"]
    mixed = softmax(q @ k.swapaxes(1, 2) / 2.0) @ v
    return float(picked(softmax(mixed.mean(axis=1) @ p["head"] + p["head_bias"]), y).mean())


def _attention_oracle(program: Program) -> list[Observed]:
    model = program.run(name="net")["Classifier"](5, 4, 3)

    def now() -> Arrays:
        return copied(["proj", "head", "head_bias"], model) | copied(["Wq", "Wk", "Wv"], model.attention)

    found = []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        x, y = g.normal(size=(6 + seed, 5 + seed, 5)), g.integers(0, 3, 6 + seed)
        before, said = now(), float(model.loss(x, y))
        model.backward(y)
        model.apply(0.3)
        found.append(Observed(before, moved(before, now(), 0.3),
                              lambda p, x=x, y=y: _attention_loss(x, y, p), said))  # fmt: skip
    return found


ATTENTION = Net(
    "attention_pool.py",
    "attention",
    _attention_oracle,
    (
        Fault("softmax_elementwise", "backward",
              "self.attn * (dattn - np.sum(dattn * self.attn, axis=-1, keepdims=True))",
              "self.attn * (1 - self.attn) * dattn", "softmax_derivative_elementwise"),
        Fault("softmax_sum_axis", "backward", "np.sum(dattn * self.attn, axis=-1, keepdims=True)",
              "np.sum(dattn * self.attn, axis=1, keepdims=True)"),
        Fault("scale_forgotten", "backward", "        dscores /= np.sqrt(self.d_k)\n", ""),
        Fault("not_scaled_forward", "forward",
              "self.k.transpose(0, 2, 1) / np.sqrt(self.d_k)", "self.k.transpose(0, 2, 1)"),
        Fault("keys_not_transposed", "backward", "dk = dscores.transpose(0, 2, 1) @ self.q", "dk = dscores @ self.q"),
        Fault("values_for_keys", "backward", "dk @ self.Wk.T + dv", "dk @ self.Wv.T + dv"),
        Fault("query_path_forgotten", "backward", "return dq @ self.Wq.T + dk", "return dk"),
        Fault("pool_not_divided", "backward", "np.repeat(dpooled[:, None, :], steps, axis=1) / steps",
              "np.repeat(dpooled[:, None, :], steps, axis=1)"),
        Fault("values_by_attention", "backward", "dv = self.attn.transpose(0, 2, 1) @ dout", "dv = self.attn @ dout"),
    ),
)  # fmt: skip


def _words_oracle(program: Program) -> list[Observed]:
    names = ["emb", "W_hidden", "W_out", "bias_out"]
    spaces = [program.run(("range(120)", f"range({k})")) for k in range(3)]
    points = [copied(names, space) for space in spaces]
    around, centers = spaces[0]["contexts"], spaces[0]["centers"]

    def loss(p: Arrays) -> float:
        hidden = np.tanh(p["emb"][around].mean(axis=1) @ p["W_hidden"])
        return float(picked(softmax(hidden @ p["W_out"] + p["bias_out"]), centers).mean())

    said = [float(space["nll"](space["forward"](around)[-1], centers)) for space in spaces]
    return [Observed(points[k], moved(points[k], points[k + 1], 1.0), loss, said[k]) for k in range(2)]


EMBEDDING = Net(
    "word_embedding.py",
    "embedding",
    _words_oracle,
    (
        Fault("indexed_assignment_drops", "backward", "np.add.at(demb, ctx[:, k], dmean / ctx.shape[1])",
              "demb[ctx[:, k]] += dmean / ctx.shape[1]"),
        Fault("assigned_for_added", "backward", "np.add.at(demb, ctx[:, k], dmean / ctx.shape[1])",
              "demb[ctx[:, k]] = dmean / ctx.shape[1]"),
        Fault("not_divided_by_window", "backward", "dmean / ctx.shape[1])", "dmean)"),
        Fault("slope_left_out", "backward", "dpre = dhidden * (1 - hidden ** 2)", "dpre = dhidden",
              "missing_activation_derivative"),
        Fault("centers_for_contexts", "backward", "np.add.at(demb, ctx[:, k], dmean", "np.add.at(demb, target, dmean"),
        Fault("delta_before_slope", "backward", "dW_hidden = mean.T @ dpre", "dW_hidden = mean.T @ dhidden"),
        Fault("table_never_moves", "update", "    emb -= lr * demb\n", "", "layer_not_updated"),
    ),
)  # fmt: skip

LAYERS = (CONV_LOOPS, CONV_IM2COL, BATCHNORM, ATTENTION, EMBEDDING)
