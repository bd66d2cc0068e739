"""Files as strangers write them, each of which was once accused, or got no verdict, for the way it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from checked_files import told

pytestmark = pytest.mark.usefixtures("warm_workers")


NOISY = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))


def step(x, rate=0.1):
    global W, V
    mean = x @ W
    hidden = np.maximum(mean + rng.normal(size=mean.shape), 0)
    error = hidden @ V - x
    loss = 0.5 * np.sum(error**2) / len(x)
    back = error / len(x) @ V.T * (hidden > 0)
    V = V - rate * hidden.T @ error / len(x)
    W = W - rate * {sign}x.T @ back
    return loss


for epoch in range(50):
    losses = [step(X[i : i + 4]) for i in range(0, 12, 4)]
    print(np.mean(losses))
"""


def test_noise_within_a_network_is_no_draw_of_its_units(tmp_path: Path) -> None:
    """A wrong gradient behind a ReLU of noisy units, in steps of a comprehension, is found and corrected."""
    result = told(tmp_path, NOISY.format(sign="-"))
    assert result["sentence"].startswith("The gradients are wrong")
    assert "W = W - rate * x.T @ back" in result["edits"][0]["after"]


def test_a_comprehension_that_trains_is_a_loop(tmp_path: Path) -> None:
    """One turn of a comprehension whose calls each change the parameters is the step."""
    assert told(tmp_path, NOISY.format(sign=""))["passed"]


LAZY_ADAM = """
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))


class Adam:
    def __init__(self):
        self.m, self.v, self.t = {{}}, {{}}, 0

    def step(self, params, grads, lr):
        self.t += 1
        for k in params:
            if k not in self.m:
                self.m[k], self.v[k] = np.zeros_like(params[k]), np.zeros_like(params[k])
            self.m[k] = 0.9 * self.m[k] + 0.1 * grads[k]
            self.v[k] = 0.999 * self.v[k] + 0.001 * grads[k] ** 2
            m_hat = self.m[k] / (1 - 0.9**self.t)
            v_hat = self.v[k] / (1 - {beta}**self.t)
            params[k] -= lr * m_hat / (np.sqrt(v_hat) + 1e-8)


params, optimizer = {{"W": rng.normal(size=(3, 2)), "b": np.zeros(2)}}, Adam()
for epoch in range(100):
    error = X @ params["W"] + params["b"] - Y
    loss = np.mean(error**2)
    grads = {{"W": 2 * X.T @ error / error.size, "b": 2 * error.sum(0) / error.size}}
    optimizer.step(params, grads, 0.01)
"""


def test_an_optimizer_may_make_its_state_when_it_is_first_called(tmp_path: Path) -> None:
    """The gradients that go into Adam are judged where its moments are made in the first step."""
    assert told(tmp_path, LAZY_ADAM.format(beta="0.999"))["passed"]


def test_a_wrong_beta_of_an_adam_that_makes_its_state_is_named(tmp_path: Path) -> None:
    """The formula of such an optimizer is compared with the textbook's, and no gradient is accused."""
    result = told(tmp_path, LAZY_ADAM.format(beta="0.9"))
    assert [one["name"] for one in result["causes"]] == ["optimizer_formula"]
    assert not result["edits"]


PARTS_PERCEPTRON = """
import numpy as np


class Perceptron:
    def __init__(self, eta=0.1, epochs=5):
        self.eta, self.epochs = eta, epochs

    def fit(self, X, y):
        self.w_ = np.random.default_rng(0).normal(size=1 + X.shape[1])
        for _ in range(self.epochs):
            for xi, target in zip(X, y):
                update = self.eta * (target - self.predict(xi))
                self.w_[1:] += update * xi
                self.w_[0] += update
        return self

    def predict(self, X):
        return np.where(np.dot(X, self.w_[1:]) + self.w_[0] >= 0.0, 1, -1)
"""


def test_a_perceptron_whose_weights_change_part_by_part_is_not_accused(tmp_path: Path) -> None:
    """The rule of a perceptron has no gradient to compare, also where bias and weights are parts of one array."""
    result = told(tmp_path, PARTS_PERCEPTRON)
    assert "rule of a perceptron" in result["sentence"]
    assert not result["arrays"]


LARGE = """
import numpy as np


class Net:
    def __init__(self, inputs=40, hidden=7, classes=5):
        rng = np.random.default_rng(0)
        self.params = {"W1": rng.normal(size=(inputs, hidden)), "b1": np.zeros(hidden),
                       "W2": rng.normal(size=(hidden, classes)), "b2": np.zeros(classes)}

    def loss(self, X, y=None):
        p, n = self.params, np.arange(len(X))
        h = np.maximum(0, X @ p["W1"] + p["b1"])
        scores = h @ p["W2"] + p["b2"]
        if y is None:
            return scores
        probs = np.exp(scores - scores.max(1, keepdims=True))
        probs /= probs.sum(1, keepdims=True)
        loss = -np.log(probs[n, y]).mean()
        probs[n, y] -= 1
        d = probs / len(X)
        back = d @ p["W2"].T * (h > 0)
        return loss, {"W2": h.T @ d, "b2": d.sum(0), "W1": X.T @ back, "b1": back.sum(0)}
"""


def test_samples_are_made_up_for_a_class_of_fixed_widths(tmp_path: Path) -> None:
    """A class whose file has no samples is checked on as many features and classes as its arrays take."""
    result = told(tmp_path, LARGE)
    assert result["passed"], result["sentence"]
    assert any("40 features, 5 outputs" in note for note in result["notes"])


COMMAND_LINE = """
import argparse, csv, os, sys
import numpy as np


def load_table(path):
    with open(path) as file:
        return np.array([[float(one) for one in row] for row in csv.reader(file)])


parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--rate", type=float, default=0.1)
args = parser.parse_args()
if not os.path.exists(args.data):
    print("no such file")
    sys.exit(1)
data = load_table(args.data)
X, y = data[:, :-1], data[:, -1]
theta = np.zeros(X.shape[1])
for step in range(100):
    h = 1 / (1 + np.exp(-X @ theta))
    cost = -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
    theta = theta - args.rate * X.T @ ({residual}) / len(y)
"""


def test_a_required_argument_and_its_missing_table_are_made_up(tmp_path: Path) -> None:
    """A script that ends at once without its command line is checked all the same, and says what was made up."""
    result = told(tmp_path, COMMAND_LINE.format(residual="h - y"))
    assert result["passed"], result["sentence"]
    assert any("--data" in note for note in result["notes"])
    assert any("data could not be read" in note and "made-up samples" in note for note in result["notes"])


def test_a_wrong_sign_is_found_on_a_made_up_table(tmp_path: Path) -> None:
    """The gradient of a logistic regression is wrong on any table."""
    result = told(tmp_path, COMMAND_LINE.format(residual="y - h"))
    assert result["edits"][0]["line"] == COMMAND_LINE[: COMMAND_LINE.index("theta = theta")].count("\n") + 1


SKIP_GRAMS = """
import numpy as np

rng = np.random.default_rng(0)
text = [0, 1, 2, 3, 1, 4, 2, 0]
V, U = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
total = 0.0
for epoch in range(5):
    for at, word in enumerate(text):
        for off in (-1, 1):
            if not 0 <= at + off < len(text):
                continue
            rows = np.array([text[at + off], *rng.integers(0, 5, size=3)])
            p = 1 / (1 + np.exp(-U[rows] @ V[word]))
            loss = -np.log(p[0]) - np.log(1 - p[1:]).sum()
            error = {error}
            back = error @ U[rows]
            np.add.at(U, rows, -0.1 * np.outer(error, V[word]))
            V[word] -= 0.1 * back
            total += loss
"""


def test_rows_changed_by_add_at_are_a_parameter_and_idle_turns_are_passed_over(tmp_path: Path) -> None:
    """Word vectors are judged at the first turn that computes something, the ones changed by np.add.at, too."""
    result = told(tmp_path, SKIP_GRAMS.format(error="p - np.eye(4)[0]"))
    assert result["passed"], result["sentence"]
    assert {one["name"] for one in result["arrays"]} == {"U", "V"}


def test_a_wrong_sign_of_word_vectors_is_corrected(tmp_path: Path) -> None:
    """Both arrays of vectors have the sign of the error."""
    result = told(tmp_path, SKIP_GRAMS.format(error="np.eye(4)[0] - p"))
    assert result["edits"][0]["after"].strip() == "error = p - np.eye(4)[0]"


RIVALS = """
import numpy as np

rng = np.random.default_rng(0)
a, b, c, d = rng.normal(size=(2, 3)), rng.normal(size=(3, 1)), rng.normal(size=(1, 3)), rng.normal(size=(3, 1))


def judged(x):
    hidden = np.tanh(x @ c)
    return hidden, 1 / (1 + np.exp(-hidden @ d))


for turn in range(100):
    real, z = rng.normal(2, 1, size=(6, 1)), rng.normal(size=(6, 2))
    inner = np.tanh(z @ a)
    fake = inner @ b
    h_real, p_real = judged(real)
    h_fake, p_fake = judged(fake)
    d_loss = -np.mean(np.log(p_real) + np.log(1 - p_fake))
    e_real, e_fake = (p_real - 1) / 6, p_fake / 6
    dd = h_real.T @ e_real + h_fake.T @ e_fake
    dc = real.T @ (e_real @ d.T * (1 - h_real**2)) + fake.T @ (e_fake @ d.T * (1 - h_fake**2))
    d = d - 0.1 * dd
    c = c - 0.1 * dc
    hidden, p = judged(fake)
    g_loss = -np.mean(np.log(p))
    back = ({sign}(p - 1) / 6) @ d.T * (1 - hidden**2) @ c.T
    db = inner.T @ back
    da = z.T @ (back @ b.T * (1 - inner**2))
    b = b - 0.1 * db
    a = a - 0.1 * da
"""


def test_networks_trained_against_each_other_are_judged_by_a_loss_each(tmp_path: Path) -> None:
    """The generator descends a loss that is computed with the new discriminator: none of the two is accused."""
    result = told(tmp_path, RIVALS.format(sign=""))
    assert result["passed"], result["sentence"]
    assert any("a loss of its own" in note for note in result["notes"])


def test_what_fits_neither_of_two_losses_gets_a_sentence(tmp_path: Path) -> None:
    """No line of two networks with losses of their own is accused where the gradients of one fit none of these."""
    result = told(tmp_path, RIVALS.format(sign="-"))
    assert result["sentence"].startswith("The gradients can't be checked")
    assert "each with a loss of its own" in result["sentence"]


ONE_LINE_FOR_ALL = """
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
sizes = [3, 4, 2]
W = [rng.normal(size=(n, m)) for n, m in zip(sizes, sizes[1:])]
for step in range(50):
    values = [X, np.tanh(X @ W[0])]
    values.append(values[1] @ W[1])
    loss = np.sum((values[2] - Y) ** 2) / len(X)
    delta = 2 * (values[2] - Y)
    steps = [None, None]
    for i in (1, 0):
        steps[i] = values[i].T @ delta
        delta = delta @ W[i].T * (1 - values[i] ** 2)
    for i in (0, 1):
        W[i] -= 0.1 / 1 * steps[i]
"""


def test_gradients_made_by_one_line_are_told_apart_by_their_parameters(tmp_path: Path) -> None:
    """A line that makes several gradients is named once, with the parameters whose gradients it makes."""
    sentence = told(tmp_path, ONE_LINE_FOR_ALL)["sentence"]
    line = ONE_LINE_FOR_ALL[: ONE_LINE_FOR_ALL.index("steps[i] =")].count("\n") + 1
    assert sentence.count(f"line {line}") == 1
    assert "of W[0] and W[1]" in sentence


ZEROS_FIRST = """
from math import exp

w1, w2, bias, lr = 0.3, -0.4, 0.1, 0.5
data = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1)]
for epoch in range(100):
    total = 0
    for x1, x2, t in data:
        y = 1 / (1 + exp(-(w1 * x1 + w2 * x2 + bias)))
        err = t - y
        total += 0.5 * err**2
        w1 += {rate} * err * y * (1 - y) * x1
        w2 += {rate} * err * y * (1 - y) * {second}
        bias += {rate} * err * y * (1 - y)
"""


def test_a_mistake_that_a_first_sample_of_zeros_hides_is_found(tmp_path: Path) -> None:
    """The next samples are looked at where all is right at the first."""
    result = told(tmp_path, ZEROS_FIRST.format(second="x1", rate="lr"))
    assert result["edits"][0]["after"].strip() == "w2 += lr * err * y * (1 - y) * x2"


@pytest.mark.parametrize("rate", ["lr", "0.5"])
def test_a_right_rule_is_right_at_each_of_the_first_samples(rate: str, tmp_path: Path) -> None:
    """Looking further accuses nobody, and weights whose input is zero say nothing of a rate that is a number."""
    assert told(tmp_path, ZEROS_FIRST.format(second="x2", rate=rate))["passed"]


CLIPPED = """
import numpy as np

rng = np.random.default_rng(0)
X, Y, W = 9 * rng.normal(size=(8, 3)), rng.normal(size=(8, 2)), rng.normal(size=(3, 2))
for step in range(50):
    error = X @ W - Y
    loss = np.mean(error**2)
    grad = 2 * X.T @ error / error.size
    norm = np.linalg.norm(grad)
    if norm > 1:
        grad *= 1 / norm
    W -= 0.01 * grad
"""


def test_a_gradient_that_is_scaled_by_its_norm_is_judged_as_it_was(tmp_path: Path) -> None:
    """Clipping by the norm is part of the update, not of the derivative."""
    assert told(tmp_path, CLIPPED)["passed"]


ONE_HOT_FUNCTIONS = """
import numpy as np


def init(n_in, n_hidden, n_out):
    return {"W1": np.random.randn(n_in, n_hidden), "W2": np.random.randn(n_hidden, n_out)}


def forward(X, params):
    h = np.tanh(X @ params["W1"])
    e = np.exp(h @ params["W2"])
    p = e / e.sum(axis=1, keepdims=True)
    return p, {"X": X, "h": h, "p": p}


def compute_loss(p, Y):
    return -np.mean(np.sum(Y * np.log(p), axis=1))


def backward(Y, params, cache):
    dz = (cache["p"] - Y) / len(Y)
    dh = dz @ params["W2"].T * (1 - cache["h"] ** 2)
    return {"W2": cache["h"].T @ dz, "W1": cache["X"].T @ dh}
"""


def test_one_hot_rows_are_tried_before_a_column_of_labels(tmp_path: Path) -> None:
    """Functions that want one-hot rows get them, and no column that is broadcast against all classes."""
    assert told(tmp_path, ONE_HOT_FUNCTIONS)["passed"]


SAMPLES_IN_COLUMNS = """
import numpy as np
from no_such_flowers import load_flowers

X, Y = load_flowers()
m = X.shape[1]
rng = np.random.default_rng(1)
W1, b1 = rng.normal(size=(5, X.shape[0])), np.zeros((5, 1))
W2, b2 = rng.normal(size=(Y.shape[0], 5)), np.zeros((Y.shape[0], 1))
for step in range(100):
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    W1 = W1 - 0.5 * dW1
    b1 = b1 - 0.5 * db1
    W2 = W2 - 0.5 * dW2
    b2 = b2 - 0.5 * db2
"""


def test_of_made_up_samples_those_are_taken_with_which_most_is_right(tmp_path: Path) -> None:
    """A network whose samples are columns is judged on columns, also where one of its gradients is wrong."""
    result = told(tmp_path, SAMPLES_IN_COLUMNS)
    line = SAMPLES_IN_COLUMNS[: SAMPLES_IN_COLUMNS.index("dW1 = ")].count("\n") + 1
    assert [one["line"] for one in result["edits"]] == [line]
    assert "dW1" in result["sentence"]
