"""Small hand-written networks, and mistakes in them: what is written for what is right."""

from __future__ import annotations

from dataclasses import dataclass

_HEAD = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


def relu_prime(z):
    return (z > 0).astype(float)

"""

# Rows are samples; tanh, then ReLU, then a sigmoid with cross-entropy.
ROWS = (
    _HEAD
    + """
def parameters(g, sizes):
    n1, n2 = sizes or (4, 3)
    shapes = {"W1": (2, n1), "b1": (1, n1), "W2": (n1, n2), "b2": (1, n2), "W3": (n2, 2), "b3": (1, 2)}
    return {name: g.normal(size=shape) for name, shape in shapes.items()}


def data(g, n):
    X = g.normal(size=(n, 2))
    return X, (g.normal(size=(n, 2)) > 0).astype(float)


def forward(p, X):
    Z1 = X @ p["W1"] + p["b1"]
    A1 = np.tanh(Z1)
    Z2 = A1 @ p["W2"] + p["b2"]
    A2 = np.maximum(Z2, 0)
    Z3 = A2 @ p["W3"] + p["b3"]
    return Z1, A1, Z2, A2, sigmoid(Z3)


def loss(p, X, Y):
    out = forward(p, X)[-1]
    return -np.sum(Y * np.log(out) + (1 - Y) * np.log(1 - out)) / len(X)


def gradients(p, X, Y):
    m = len(X)
    Z1, A1, Z2, A2, A3 = forward(p, X)
    dZ3 = A3 - Y
    dW3 = A2.T @ dZ3 / m
    db3 = np.sum(dZ3, axis=0, keepdims=True) / m
    dA2 = dZ3 @ p["W3"].T
    dZ2 = dA2 * relu_prime(Z2)
    dW2 = A1.T @ dZ2 / m
    db2 = np.sum(dZ2, axis=0, keepdims=True) / m
    dZ1 = dZ2 @ p["W2"].T * (1 - A1**2)
    dW1 = X.T @ dZ1 / m
    db1 = np.sum(dZ1, axis=0, keepdims=True) / m
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
"""
)

# Columns are samples; layers in lists, sigmoid everywhere, half the squared error; gradients kept between calls.
COLUMNS = (
    _HEAD
    + """
def parameters(g, sizes):
    widths = [3, *(sizes or (4, 4)), 2]
    found = {}
    for k in range(3):
        found[f"W{k}"] = g.normal(size=(widths[k + 1], widths[k]))
        found[f"b{k}"] = g.normal(size=(widths[k + 1], 1))
    return found


def data(g, n):
    return g.normal(size=(n, 3)), g.normal(size=(n, 2))


def forward(p, X):
    acts, sums = [X.T], []
    for k in range(3):
        sums.append(p[f"W{k}"] @ acts[-1] + p[f"b{k}"])
        acts.append(sigmoid(sums[-1]))
    return acts, sums


def loss(p, X, Y):
    return 0.5 * np.sum((forward(p, X)[0][-1] - Y.T) ** 2)


grads = {}


def gradients(p, X, Y):
    acts, sums = forward(p, X)
    delta = (acts[-1] - Y.T) * sigmoid_prime(sums[-1])
    for k in (2, 1, 0):
        grads[f"W{k}"] = delta @ acts[k].T
        grads[f"b{k}"] = delta.sum(axis=1, keepdims=True)
        if k > 0:
            delta = (p[f"W{k}"].T @ delta) * sigmoid_prime(sums[k - 1])
    return dict(grads)
"""
)

# One sample after the other, gradients summed up.
SAMPLES = (
    _HEAD
    + """
def parameters(g, sizes):
    n = sizes[0] if sizes else 4
    return {"V": g.normal(size=(n, 3)), "w": g.normal(size=n), "c": g.normal(size=n)}


def data(g, n):
    return g.normal(size=(n, 3)), g.normal(size=n)


def loss(p, X, Y):
    total = 0.0
    for x, y in zip(X, Y):
        h = np.tanh(np.dot(p["V"], x) + p["c"])
        total += (np.dot(p["w"], h) - y) ** 2
    return total / len(X)


def gradients(p, X, Y):
    dV, dw, dc = np.zeros_like(p["V"]), np.zeros_like(p["w"]), np.zeros_like(p["c"])
    for x, y in zip(X, Y):
        h = np.tanh(np.dot(p["V"], x) + p["c"])
        e = 2 * (np.dot(p["w"], h) - y)
        dw += e * h
        dh = e * p["w"]
        dz = dh * (1 - h * h)
        dV += np.outer(dz, x)
        dc += dz
    n = len(X)
    return {"V": dV / n, "w": dw / n, "c": dc / n}
"""
)

# Single numbers.
NUMBERS = """import math


def parameters(g, sizes):
    return dict(zip(["w1", "w2", "w3", "b1", "b2"], g.normal(size=5).tolist()))


def data(g, n):
    return g.normal(size=(n, 2)), g.normal(size=n)


def sig(v):
    return 1 / (1 + math.exp(-v))


def loss(p, X, Y):
    total = 0.0
    for x, y in zip(X, Y):
        h = sig(p["w1"] * x[0] + p["w2"] * x[1] + p["b1"])
        total += (sig(p["w3"] * h + p["b2"]) - y) ** 2
    return total


def gradients(p, X, Y):
    found = {"w1": 0.0, "w2": 0.0, "w3": 0.0, "b1": 0.0, "b2": 0.0}
    for x, y in zip(X, Y):
        h = sig(p["w1"] * x[0] + p["w2"] * x[1] + p["b1"])
        o = sig(p["w3"] * h + p["b2"])
        do = 2 * (o - y) * o * (1 - o)
        dh = p["w3"] * do * h * (1 - h)
        found["w3"] += do * h
        found["b2"] += do
        found["w1"] += dh * x[0]
        found["w2"] += dh * x[1]
        found["b1"] += dh
    return found
"""

# An Elman cell with cross-entropy at every step.
RECURRENT = """import numpy as np


def parameters(g, sizes):
    n = sizes[0] if sizes else 4
    shapes = {"Wx": (n, 3), "Wh": (n, n), "Wy": (3, n), "bh": (n, 1), "by": (3, 1)}
    return {name: 0.5 * g.normal(size=shape) for name, shape in shapes.items()}


def data(g, n):
    return g.normal(size=(n, 3)), g.integers(0, 3, size=n)


def forward(p, X):
    hs, ps = {-1: np.zeros((p["Wh"].shape[0], 1))}, {}
    for t in range(len(X)):
        hs[t] = np.tanh(p["Wx"] @ X[t].reshape(-1, 1) + p["Wh"] @ hs[t - 1] + p["bh"])
        y = p["Wy"] @ hs[t] + p["by"]
        ps[t] = np.exp(y) / np.sum(np.exp(y))
    return hs, ps


def loss(p, X, Y):
    hs, ps = forward(p, X)
    return sum(-np.log(ps[t][Y[t], 0]) for t in range(len(X)))


def gradients(p, X, Y):
    hs, ps = forward(p, X)
    dWx, dWh, dWy = np.zeros_like(p["Wx"]), np.zeros_like(p["Wh"]), np.zeros_like(p["Wy"])
    dbh, dby = np.zeros_like(p["bh"]), np.zeros_like(p["by"])
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(X))):
        dy = np.copy(ps[t])
        dy[Y[t]] -= 1
        dWy += dy @ hs[t].T
        dby += dy
        dh = p["Wy"].T @ dy + dhnext
        draw = (1 - hs[t] * hs[t]) * dh
        dbh += draw
        dWx += draw @ X[t].reshape(1, -1)
        dWh += draw @ hs[t - 1].T
        dhnext = p["Wh"].T @ draw
    return {"Wx": dWx, "Wh": dWh, "Wy": dWy, "bh": dbh, "by": dby}
"""

NETS = {"rows": ROWS, "columns": COLUMNS, "samples": SAMPLES, "numbers": NUMBERS, "recurrent": RECURRENT}


@dataclass(frozen=True)
class Mistake:
    """A mistake in one of the networks: `right` stands once in it, `wrong` is written instead; `name` as catalogued."""

    net: str
    right: str
    wrong: str
    name: str | None = None

    @property
    def text(self) -> str:
        """The network with the mistake."""
        assert NETS[self.net].count(self.right) == 1, self.right
        return NETS[self.net].replace(self.right, self.wrong)

    @property
    def line(self) -> int:
        """The line that is wrong."""
        before, after = NETS[self.net].splitlines(), self.text.splitlines()
        return next(n for n, (a, b) in enumerate(zip(before, after, strict=False), 1) if a != b)


MISTAKES = (
    Mistake("rows", "dA2 * relu_prime(Z2)", "dA2 * tanh_prime(Z2)", "wrong_activation_derivative"),
    Mistake("rows", "dZ2 = dA2 * relu_prime(Z2)", "dZ2 = dA2", "missing_activation_derivative"),
    Mistake("rows", "(1 - A1**2)", "(1 - np.tanh(A1)**2)", "derivative_at_activation"),
    Mistake("rows", "(1 - A1**2)", "(1 - Z1**2)", "derivative_formula_on_preactivation"),
    Mistake("rows", "(1 - A1**2)", "(1 - A1)"),
    Mistake("rows", "A1.T @ dZ2 / m", "A2.T @ dZ2 / m", "weight_gradient_uses_own_output"),
    Mistake("rows", "A1.T @ dZ2 / m", "Z1.T @ dZ2 / m"),
    Mistake("rows", "A1.T @ dZ2 / m", "A1.T @ dZ2", "gradient_not_averaged"),
    Mistake("rows", "A1.T @ dZ2 / m", "A1.T @ dA2 / m"),
    Mistake("rows", "np.sum(dZ2, axis=0, keepdims=True)", "np.sum(dZ2)", "bias_gradient_wrong_axis"),
    Mistake("rows", "np.sum(dZ2, axis=0, keepdims=True) / m", "np.sum(dZ2, axis=0, keepdims=True)",
            "bias_gradient_not_averaged"),
    Mistake("rows", "dZ3 = A3 - Y", "dZ3 = Y - A3", "sign_flipped"),
    Mistake("rows", "dZ3 = A3 - Y", "dZ3 = (A3 - Y) * A3 * (1 - A3)"),
    Mistake("rows", "m = len(X)", "m = X.shape[1]", "batch_size_assumed"),
    Mistake("rows", "X.T @ dZ1 / m", "X.T @ dZ1 / m + 0.1 * p[\"W1\"]", "weight_decay_not_in_loss"),
    Mistake("rows", "\"W2\": dW2, \"b2\"", "\"W2\": -dW2, \"b2\"", "sign_flipped"),
    Mistake("rows", "\"b1\": db1", "\"b1\": 2 * db1", "factor_two"),
    Mistake("columns", "sigmoid_prime(sums[k - 1])", "sigmoid_prime(acts[k])", "derivative_at_activation"),
    Mistake("columns", "(p[f\"W{k}\"].T @ delta) * sigmoid_prime(sums[k - 1])", "p[f\"W{k}\"].T @ delta",
            "missing_activation_derivative"),
    Mistake("columns", "* sigmoid_prime(sums[-1])\n", "\n", "missing_activation_derivative"),
    Mistake("columns", "acts[k].T", "acts[k + 1].T", "weight_gradient_uses_own_output"),
    Mistake("columns", "delta.sum(axis=1, keepdims=True)", "delta.mean(axis=1, keepdims=True)"),
    Mistake("columns", "delta.sum(axis=1, keepdims=True)", "delta"),
    Mistake("columns", "] = delta @ acts[k].T", "] = grads.get(f\"W{k}\", 0) + delta @ acts[k].T"),
    Mistake("columns", "sigmoid(z) * (1 - sigmoid(z))", "z * (1 - z)", "wrong_activation_derivative"),
    Mistake("samples", "dh * (1 - h * h)", "dh * (1 - h)"),
    Mistake("samples", "e = 2 * (np", "e = (np", "factor_two"),
    Mistake("samples", "e = 2 * (np.dot(p[\"w\"], h) - y)", "e = 2 * (y - np.dot(p[\"w\"], h))", "sign_flipped"),
    Mistake("samples", "np.outer(dz, x)", "np.outer(dh, x)"),
    Mistake("samples", "dc += dz", "dc = dz"),
    Mistake("samples", "dc += dz", "dc += dh"),
    Mistake("numbers", "p[\"w3\"] * do * h", "(p[\"w3\"] + do) * h"),
    Mistake("numbers", "h * (1 - h)\n        found", "o * (1 - o)\n        found",
            "derivative_of_other_layer"),
    Mistake("numbers", "+= dh * x[1]", "+= dh * x[0]"),
    Mistake("recurrent", "p[\"Wy\"].T @ dy + dhnext", "p[\"Wy\"].T @ dy"),
    Mistake("recurrent", "dhnext = p[\"Wh\"].T @ draw", "dhnext = p[\"Wh\"] @ draw", "weights_not_transposed"),
    Mistake("recurrent", "draw @ hs[t - 1].T", "draw @ hs[t].T", "weight_gradient_uses_own_output"),
    Mistake("recurrent", "(1 - hs[t] * hs[t])", "(1 - hs[t])"),
    Mistake("recurrent", "dy[Y[t]] -= 1", "dy[Y[t]] += 1"),
    Mistake("recurrent", "dhnext = p[\"Wh\"].T @ draw", "dhnext = p[\"Wh\"].T @ dh"),
)  # fmt: skip
