"""The last of the third set of networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from nets_formulas import Arrays, copied, moved, picked, sigmoid, softmax
from nets_types import Fault, Net, Observed, Program


def _signals_oracle(program: Program) -> list[Observed]:
    space = program.run(name="net")
    net, found = space["CNN"](np.random.RandomState(3)), []

    def now() -> Arrays:
        return {f"{part}.{k}": np.array(getattr(getattr(net, part), k)) for part in ("conv", "linear") for k in "wb"}

    for seed in (1, 2):
        g = np.random.default_rng(seed)
        x, y = g.normal(size=(6 + seed, 10)), g.normal(size=(6 + seed, 2))

        def loss(p: Arrays, x: Any = x, y: Any = y) -> float:
            windows = np.stack([x[:, t : t + 3] for t in range(8)], axis=1)
            h = np.tanh(np.einsum("ntk,fk->nft", windows, p["conv.w"]) + p["conv.b"][:, None])
            h = np.maximum(h[:, :, 0::2], h[:, :, 1::2]).reshape(len(x), -1)
            return float(((h @ p["linear.w"] + p["linear.b"] - y) ** 2).sum() / len(x))

        before = now()
        said = float(net.train_batch(x, y, 0.02))
        found.append(Observed(before, moved(before, now(), 0.02), loss, said))
    return found


SIGNALS = Net(
    "conv_pool_1d.py",
    "convolution in one dimension with pooling",
    _signals_oracle,
    (
        Fault("window_shifted", "backward", "self.x[:, t:t + self.width]\n        self.db",
              "self.x[:, :self.width]\n        self.db"),
        Fault("not_accumulated", "backward", "self.dw += dout[:, :, t].T", "self.dw = dout[:, :, t].T"),
        Fault("axes_of_bias", "backward", "dout.sum(axis=(0, 2))", "dout.sum(axis=0)[:, 0]",
              "bias_gradient_wrong_axis"),
        Fault("mask_forgotten", "backward", "(self.mask * dout[:, :, :, None])",
              "(np.ones_like(self.mask) * dout[:, :, :, None])"),
        Fault("square_forgotten", "backward", "dout * (1 - self.out ** 2)", "dout * (1 - self.out)"),
        Fault("averaged_twice", "backward", "self.dw = self.x.T @ dout", "self.dw = self.x.T @ dout / len(self.x)",
              "gradient_averaged_twice"),
        Fault("layer_skipped", "backward", "        grad = self.tanh.backward(grad)\n", "",
              "missing_activation_derivative"),
        Fault("two_forgotten", "backward", "grad = 2 * (out - y) / len(x)", "grad = (out - y) / len(x)", "factor_two"),
        Fault("one_layer_only", "update", "for layer in (self.conv, self.linear):", "for layer in (self.linear,):",
              "layer_not_updated"),
    ),
)  # fmt: skip


def _self_attention_oracle(program: Program) -> list[Observed]:
    space, found = program.run(name="net"), []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        x, t = g.normal(size=(6 + seed, 5, 3)), g.normal(size=(6 + seed, 1))
        params = space["init"](3, 4, seed)

        def loss(p: Arrays, x: Any = x, t: Any = t) -> float:
            q, k, v = x @ p["Wq"], x @ p["Wk"], x @ p["Wv"]
            c = softmax(np.einsum("bik,bjk->bij", q, k) / 2) @ v
            return 0.5 * float(((c.mean(1) @ p["Wo"] - t) ** 2).mean())

        before, said = copied(params, params), float(space["grads_of"](params, x, t)[0])
        after = space["fit"](params, x, t, epochs=1)
        found.append(Observed(before, moved(before, copied(params, after), 0.1), loss, said))
    return found


SELF_ATTENTION = Net(
    "self_attention.py",
    "self-attention in functions",
    _self_attention_oracle,
    (
        Fault("jacobian_diagonal", "backward", "p * (dp - (dp * p).sum(-1, keepdims=True))", "dp * p * (1 - p)",
              "softmax_derivative_elementwise"),
        Fault("sum_over_queries", "backward", "(dp * p).sum(-1, keepdims=True)", "(dp * p).sum(1, keepdims=True)"),
        Fault("scale_forgotten", "backward", "softmax_backward(dp, p) / scale", "softmax_backward(dp, p)"),
        Fault("keys_not_transposed", "backward", "dk = ds.transpose(0, 2, 1) @ q", "dk = ds @ q"),
        Fault("weights_not_transposed", "backward", "dv = p.transpose(0, 2, 1) @ dctx", "dv = p @ dctx"),
        Fault("queries_for_keys", "backward", "dq = ds @ k", "dq = ds @ q"),
        Fault("mean_forgotten", "backward", "np.repeat(dpooled[:, None, :], s, axis=1) / s",
              "np.repeat(dpooled[:, None, :], s, axis=1)"),
        Fault("values_for_keys", "backward", 'g["Wk"] = flat @ dk.reshape', 'g["Wk"] = flat @ dv.reshape'),
        Fault("softmax_over_queries", "forward", "e / e.sum(-1, keepdims=True)", "e / e.sum(1, keepdims=True)"),
    ),
)  # fmt: skip


def _graph_oracle(program: Program) -> list[Observed]:
    space, found = program.run(name="net"), []
    for seed in (1, 2):
        g = np.random.default_rng(seed)
        n = 9 + seed
        edges, F = (g.random((n, n)) < 0.3).astype(float), g.normal(size=(n, 4))
        labels, mask = g.integers(0, 3, n), (np.arange(n) % 3 > 0).astype(float)
        net = space["GCN"](edges, 4, 5, 3, seed=seed)
        S = (edges + np.eye(n)) / (edges + np.eye(n)).sum(1, keepdims=True)

        def loss(p: Arrays, S: Any = S, F: Any = F, labels: Any = labels, mask: Any = mask) -> float:
            probs = softmax(S @ np.maximum(S @ F @ p["theta1"], 0) @ p["theta2"])
            return float((picked(probs, labels) * mask).sum() / mask.sum())

        names = ["theta1", "theta2"]
        before = copied(names, net)
        net.forward(F)
        said = float(net.nll(labels, mask))
        net.fit(F, labels, mask, 1)
        found.append(Observed(before, moved(before, copied(names, net), 0.2), loss, said))
    return found


GRAPH = Net(
    "graph_nodes.py",
    "graph convolution",
    _graph_oracle,
    (
        Fault("not_transposed", "backward", "dH = self.S.T @ dlogits", "dH = self.S @ dlogits"),
        Fault("neighbours_forgotten", "backward", "(self.S @ self.F).T @ dP", "self.F.T @ dP"),
        Fault("mask_of_labels", "backward", "(self.probs - onehot) * mask[:, None] / mask.sum()",
              "(self.probs - onehot) / mask.sum()"),
        Fault("averaged_over_all", "backward", "mask[:, None] / mask.sum()", "mask[:, None] / len(mask)",
              "batch_size_assumed"),
        Fault("active_units_inverted", "backward", "dP = dH * (self.P > 0)", "dP = dH * (self.P < 0)"),
        Fault("hidden_values", "backward", "dP = dH * (self.P > 0)", "dP = dH * self.H", "derivative_returns_input"),
        Fault("same_gradient", "update", "self.theta2 - self.lr * self.dtheta2", "self.theta2 - self.dtheta2"),
    ),
)  # fmt: skip


def _skipgram_oracle(program: Program) -> list[Observed]:
    loop, found = "for epoch in range(60)", []
    spaces = [program.run((loop, f"for epoch in range({k})")) for k in range(3)]
    points = [copied(["W_in", "W_out"], s) for s in spaces]
    for k in range(2):
        s = spaces[k + 1]

        def loss(p: Arrays, s: dict[str, Any] = s) -> float:
            total = 0.0
            for a, b, others in zip(s["centers"][s["pick"]], s["contexts"][s["pick"]], s["neg"], strict=True):
                total -= float(np.log(sigmoid(p["W_in"][a] @ p["W_out"][b])))
                total -= float(sum(np.log(sigmoid(-p["W_in"][a] @ p["W_out"][c])) for c in others))
            return total / len(s["pick"])

        found.append(Observed(points[k], moved(points[k], points[k + 1], 0.2), loss, float(s["loss"])))
    return found


SKIPGRAM = Net(
    "skipgram_negative.py",
    "word vectors with negative sampling",
    _skipgram_oracle,
    (
        Fault("repeats_lost", "backward", "np.add.at(dW_in, center, du)", "dW_in[center] += du"),
        Fault("negatives_forgotten", "backward", "    np.add.at(dW_out, negatives, dk)\n", ""),
        Fault("sign_of_negatives", "backward", "d_neg = (1 - neg_score) / n", "d_neg = (neg_score - 1) / n"),
        Fault("score_for_error", "backward", "d_neg = (1 - neg_score) / n", "d_neg = neg_score / n"),
        Fault("center_for_context", "backward", "dv = d_pos[:, None] * u", "dv = d_pos[:, None] * v"),
        Fault("negative_path", "backward", 'du = d_pos[:, None] * v + np.einsum("nk,nkd->nd", d_neg, k)',
              "du = d_pos[:, None] * v"),
        Fault("wrong_rows", "backward", "np.add.at(dW_out, context, dv)", "np.add.at(dW_out, center, dv)"),
    ),
)  # fmt: skip


BLIND_THIRD = (SIGNALS, SELF_ATTENTION, GRAPH, SKIPGRAM)
