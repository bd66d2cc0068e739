"""What people publish that is no plain descent of one loss, and what their files need that is not there."""

from __future__ import annotations

import contextlib
import io
import textwrap
from pathlib import Path

import numpy as np
import pytest

from runner.diagnosis.subjects.analysis import analyse
from runner.diagnosis.subjects.finding import StepFinding
from runner.diagnosis.subjects.verdict import NotFollowed
from runner.recording.scenarios.discovery.ways import discover
from runner.subjects.asked import Asked
from runner.subjects.complaint import Complaint

NO_NAMES = dict.fromkeys(("parameters", "loss", "gradients", "predict", "lr"))


def examined(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> StepFinding:
    """What is found out about a file, in this process."""
    file = tmp_path / "net.py"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    X = np.random.default_rng(0).normal(size=(12, 2))
    Y = (X[:, :1] > 0).astype(float)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setattr("sys.argv", ["net.py"])
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        found = discover(Asked(file, "", None, NO_NAMES, [4], (X, Y), data_first=False), lambda text: None)
        return analyse(found, lambda text: None)


def is_right(finding: StepFinding) -> bool:
    """Whether every gradient is."""
    return all(array.passed for array in finding.arrays)


RECURRENT = """
    import numpy as np
    r = np.random.RandomState(0)
    U, V = r.randn(3, 3) * 0.4, r.randn(3, 2) * 0.4
    xs = r.randn(8, 2, 1)
    h = np.zeros((3, 1))
    for t in range(8):
        old, x, y = h, xs[t], np.full((3, 1), 0.3)
        h = np.tanh(U @ old + V @ x)
        loss = 0.5 * np.sum((h - y) ** 2)
        d = (h - y) * (1 - h ** 2)
        U -= 0.1 * d @ old.T
        V -= 0.1 * d @ x.T
"""


def test_a_hidden_state_is_no_state_of_an_optimizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hidden state that a recurrent network carries from step to step is part of its gradients."""
    assert is_right(examined(tmp_path, RECURRENT, monkeypatch))


Q_LEARNING = """
    import numpy as np
    r = np.random.RandomState(0)
    W = r.randn(3, 2) * 0.4
    for step in range(4):
        s, after = r.randn(3), r.randn(3)
        q = np.tanh(s @ W)
        target = 1.0 + 0.9 * np.max(np.tanh(after @ W))
        loss = 0.5 * (q[0] - target) ** 2
        e = np.zeros(2)
        e[0] = q[0] SIGN target
        W -= 0.1 * np.outer(s, e * (1 - q ** 2))
"""


def test_the_target_of_q_learning_is_held_constant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the half of the loss that goes through the prediction is descended, which a note says."""
    finding = examined(tmp_path, Q_LEARNING.replace("SIGN", "-"), monkeypatch)
    assert is_right(finding)
    assert any("target (line 9) depends on the parameters" in note for note in finding.notes)


def test_a_mistake_beside_a_held_target_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its target held constant a wrong sign is what is left."""
    finding = examined(tmp_path, Q_LEARNING.replace("SIGN", "+"), monkeypatch)
    assert not is_right(finding)
    assert 11 in [place.line for place in finding.places[:3]]


PERCEPTRON = """
    import numpy as np
    r = np.random.RandomState(0)
    w = r.rand(3)
    for x, wanted in [(r.randn(3), 1), (r.randn(3), 0)] * 5:
        result = w.dot(x)
        error = wanted - (1 if result > 0 else 0)
        w += 0.2 * error * x
"""
SAMPLED = """
    import numpy as np
    r = np.random.RandomState(0)
    W, data = r.randn(3, 2) * 0.1, r.randn(5, 3)
    for epoch in range(4):
        p = 1 / (1 + np.exp(-data @ W))
        states = p > np.random.rand(5, 2)
        again = 1 / (1 + np.exp(-(states @ W.T)))
        error = np.sum((data - again) ** 2)
        W += 0.1 * (data.T @ p - again.T @ p)
"""
TWO_STEPS = """
    import numpy as np
    r = np.random.RandomState(0)
    w, v = r.randn(3), r.randn(3)
    for epoch in range(4):
        real = r.randn(3)
        w -= 0.1 * -real / (1 + np.exp(real @ w))
        loss = np.log(1 + np.exp(v @ w))
        w -= 0.1 * v / (1 + np.exp(-v @ w))
        v -= 0.1 * w * (1 / (1 + np.exp(-v @ w)) - 1)
"""
HOPFIELD = """
    import numpy as np
    W = np.zeros((4, 4))
    for p in np.array([[1, -1, 1, -1], [1, 1, -1, -1]]):
        W += np.outer(p, p)
"""
EXECUTED = """
    import numpy as np
    w, x = np.ones(2), np.ones(2)
    for step in range(3):
        dw = (w @ x - 1) * x
        exec("w = w - 0.1 * dw")
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(PERCEPTRON, "in line 8 depends on the parameters by a comparison alone", id="perceptron"),
        pytest.param(SAMPLED, "line 7, p > np.random.rand(5, 2), draws at random", id="sampling"),
        pytest.param(TWO_STEPS, "changes w in lines 7 and 9", id="two losses"),
        pytest.param(HOPFIELD, "Rules without a gradient", id="hopfield"),
        pytest.param(EXECUTED, "Line 6 runs text as code", id="exec"),
        pytest.param("import numpy as np\nprint 'x'\n", "needs Python 2 (net.py, line 2): write print", id="print"),
        pytest.param("for i in xrange(3):\n    pass\n", "write range for xrange", id="xrange"),
        pytest.param(
            "import lostpackage\nn = int(lostpackage.count)\n",
            "needs lostpackage, which is not installed",
            id="lacking",
        ),
    ],
)
def test_what_has_no_gradient_is_said(tmp_path: Path, text: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of another kind, or a file that can't run, is no wrong gradient: a sentence says what it is, and where."""
    with pytest.raises((NotFollowed, Complaint)) as raised:
        examined(tmp_path, text, monkeypatch)
    assert said in " ".join(str(raised.value.args[0] if raised.value.args else raised.value.message).split())


STEP = """
    for epoch in range(3):
        p = 1 / (1 + np.exp(-(X @ W)))
        loss = -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))
        W -= 0.1 * X.T @ (p - Y) / len(X)
"""
ASKS = """
    import numpy as np
    n = int(input('features? '))
    X = np.random.randn(9, n)
    Y, W = X[:, :1] * 0 + 1.0, np.zeros((n, 1))
"""
UNSEEDED = """
    import numpy as np
    X = np.random.default_rng().normal(size=(9, 2))
    Y, W = X[:, :1] * 0 + 1.0, np.zeros((2, 1))
"""
MAPPED = """
    import numpy as np
    import pandas as pd
    df = pd.read_csv('people.csv')
    df['sex'] = df['sex'].map({'male': 0, 'female': 1})
    X, Y = df[['sex', 'age']].values.astype(float), df['lives'].values.reshape(-1, 1) * 1.0
    print('ages ' + df['age'])
    W = np.zeros((2, 1))
"""
LOADED = """
    import numpy as np
    from nowhere import Loader
    W = np.zeros((4, 1))
    for images, labels in Loader('train'):
        x, t = images.view(-1, 4).numpy(), labels.numpy().reshape(-1, 1)
        p = 1 / (1 + np.exp(-(x @ W)))
        loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
        W -= 0.1 * x.T @ (p - t) / len(x)
"""
MAPPED_RATE = """
    import numpy as np
    X = np.random.randn(9, 2)
    Y, η = X[:, :1] * 0 + 1.0, 0.1
    w = {'a': np.zeros((2, 1)), 'b': np.zeros(1)}
    for epoch in range(3):
        d = (X @ w['a'] + w['b'] - Y) / len(X)
        loss = 0.5 * np.sum((X @ w['a'] + w['b'] - Y) ** 2) / len(X)
        g = {'a': X.T @ d, 'b': d.sum(axis=0)}
        w = {k: v - η * g[k] for k, v in w.items()}
"""
PAIRS = """
    import numpy as np
    class Network:
        def __init__(self, sizes):
            self.W = [np.random.randn(b, a) for a, b in zip(sizes[:-1], sizes[1:])]
        def SGD(self, training_data, epochs, mini_batch_size, eta):
            for _ in range(epochs):
                for k in range(0, len(training_data), mini_batch_size):
                    self.step(training_data[k:k + mini_batch_size], eta)
        def step(self, batch, eta):
            sums = [np.zeros(w.shape) for w in self.W]
            for x, y in batch:
                h = np.tanh(self.W[0] @ x)
                d = self.W[1] @ h - y
                now = [(self.W[1].T @ d * (1 - h ** 2)) @ x.T, d @ h.T]
                sums = [s + n for s, n in zip(sums, now)]
            self.W = [w - (eta / len(batch)) * s for w, s in zip(self.W, sums)]
"""
BESIDE = """
    import numpy as np
    class Net:
        def __init__(self, input_size, hidden_size, output_size):
            self.params = {'W': np.random.randn(input_size, output_size)}
        def loss(self, X, y=None):
            s = X @ self.params['W']
            if y is None:
                return s
            p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
            d = p.copy()
            d[np.arange(len(y)), y] -= 1
            return -np.log(p[np.arange(len(y)), y]).mean(), {'W': X.T @ d / len(y)}
        def train(self, X, y, X_val, y_val, learning_rate=0.1):
            for _ in range(3):
                self.params['W'] -= learning_rate * self.loss(X, y)[1]['W']
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(textwrap.dedent(ASKS) + textwrap.dedent(STEP), "it asks for input: 2 was typed in", id="input"),
        pytest.param(textwrap.dedent(UNSEEDED) + textwrap.dedent(STEP), "", id="generator without a seed"),
        pytest.param(textwrap.dedent(MAPPED) + textwrap.dedent(STEP), "there is no file people.csv", id="texts"),
        pytest.param(LOADED, "not installed: ", id="loader"),
        pytest.param(MAPPED_RATE, "", id="dict comprehension"),
        pytest.param(PAIRS, "", id="pairs"),
        pytest.param(BESIDE, "", id="beside the loss"),
    ],
)
def test_what_is_missing_is_made_up(tmp_path: Path, text: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that lacks its data, asks for numbers or draws them without a seed is checked all the same."""
    finding = examined(tmp_path, text, monkeypatch)
    assert is_right(finding)
    assert said in " ".join(finding.notes)


LOOPS = """
    import numpy as np
    r = np.random.RandomState(0)
    X, y = r.rand(30, 6), r.rand(30)
    m = len(X)
    w = r.rand(6)
    for epoch in range(3):
        dw, loss = np.zeros(6), 0.0
        for i in range(m):
            e = 0.0
            for j in range(6):
                e += X[i, j] * w[j]
            e = e - y[i]
            loss += 0.5 * e ** 2 / m
            for j in range(6):
                dw[j] += e * X[i, j] / m
        w -= 0.1 * dw
"""


def test_what_takes_too_many_operations_is_checked_on_few_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loops over samples in Python are followed on two of them, with the number of samples counted anew."""
    monkeypatch.setattr("runner.recording.scenarios.step.MOST_OPERATIONS", 500)
    finding = examined(tmp_path, LOOPS, monkeypatch)
    assert is_right(finding)
    assert "checked on 2 of 30 samples: all take too long" in finding.notes


def test_what_takes_too_many_operations_on_few_samples_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even two samples are too many, a sentence says what to do."""
    monkeypatch.setattr("runner.recording.scenarios.step.MOST_OPERATIONS", 20)
    with pytest.raises(Complaint, match="takes more than 20 operations, too many to be followed"):
        examined(tmp_path, LOOPS, monkeypatch)


ENGINE = """
    class Value:
        def __init__(self, data):
            self.data, self.grad = data, 0.0
    a, b, c = Value(0.0), Value(0.0), Value(0.5)
    for epoch in range(3):
        out = a.data * 2.0 + b.data * 3.0 + c.data
        loss = (out - 1.0) ** 2
        d = 2 * (out - 1.0)
        a.grad, b.grad, c.grad = 0.0, 0.0, 0.0
        a.grad += d * 2.0
        b.grad += d * 3.0
        c.grad += d
        for p in [a, b, c]:
            p.data -= 0.05 * p.grad
"""


def test_parameters_that_start_from_one_literal_are_not_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two biases that begin as the same 0.0 are two parameters."""
    finding = examined(tmp_path, ENGINE, monkeypatch)
    assert is_right(finding)
    assert len(finding.arrays) == 3


MACHINE = """
    import numpy as np
    r = np.random.RandomState(0)
    X = r.randn(30, 2)
    Y = np.where(X[:, 0] > 0, 1, -1)
    w, b = np.zeros(2), 0.0
    for epoch in range(20):
        for x, y in zip(X, Y):
            if y * (x @ w - b) >= 1:
                w -= 0.001 * (2 * 0.01 * w)
            else:
                w -= 0.001 * (DECAY - SLOPE)
                b -= 0.001 * y
"""


@pytest.mark.parametrize("decay", ["2 * 0.01 * w", "w * 0.02", "w / 50"])
def test_the_decay_of_a_few_weights_belongs_to_a_loss_that_is_not_written(
    tmp_path: Path, decay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A support vector machine on two features, whose penalty stands as a term in its gradient."""
    text = MACHINE.replace("DECAY", decay).replace("SLOPE", "x * y")
    assert is_right(examined(tmp_path, text, monkeypatch))


@pytest.mark.parametrize(
    ("decay", "slope"), [("0.02 * w", "2 * x * y"), ("0.02 * w", "x * x * y"), ("0.02 * w ** 2", "x * y")]
)
def test_a_mistake_beside_the_decay_of_a_few_weights_is_found(
    tmp_path: Path, decay: str, slope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A term of the parameter excuses nothing else."""
    text = MACHINE.replace("DECAY", decay).replace("SLOPE", slope)
    assert not is_right(examined(tmp_path, text, monkeypatch))
