"""Changes of a script's text: only the wanted pieces, as somebody would write them."""

from __future__ import annotations

import textwrap

import pytest

from runner.diagnosis.scripts.edit import Source
from runner.diagnosis.scripts.facts import Data
from runner.diagnosis.scripts.rates import rate_edit
from runner.diagnosis.scripts.scaling import inputs_edit, start_edit


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("lr = 0.5\nW -= lr * g", "lr = 0.05\nW -= lr * g"),
        ("self.eta, n = 0.5, 3", "self.eta, n = 0.05, 3"),
        ("net.fit(X, y, learning_rate=0.5)", "net.fit(X, y, learning_rate=0.05)"),
        ("def fit(X, rate): pass\nfit(0.5, 0.5)", "def fit(X, rate): pass\nfit(0.5, 0.05)"),
        (
            "class N:\n  def fit(self, X, lr=1): pass\nN().fit(0.5, 0.5)",
            "class N:\n  def fit(self, X, lr=1): pass\nN().fit(0.5, 0.05)",
        ),
        ("p.add_argument('--learning-rate', default=0.5)", "p.add_argument('--learning-rate', default=0.05)"),
        ("def train(X, alpha=0.5): pass", "def train(X, alpha=0.05): pass"),
        ("config = {'lr': 0.5, 'p': 0.5}", "config = {'lr': 0.05, 'p': 0.5}"),
        ("W -= 0.5 * g\nb = b - 0.5 * d\nz = 0.5", "W -= 0.05 * g\nb = b - 0.05 * d\nz = 0.5"),
        ("é = 1; lr = 0.5", "é = 1; lr = 0.05"),
    ],
)
def test_the_rate_is_changed_where_it_is_written(text: str, after: str) -> None:
    """A variable, an argument, an option, a default, or the number in each update; nothing else of that value."""
    source = Source(text)
    edit = rate_edit(source, 0.5, 0.05)
    assert edit is not None
    assert source.applied(edit) == after


def test_a_rate_that_is_computed_is_left_alone() -> None:
    """Where no number says the rate, there is no change."""
    assert rate_edit(Source("lr = 1 / n\nW -= lr * g"), 0.5, 0.05) is None


def test_inputs_are_scaled_behind_the_line_that_makes_them() -> None:
    """The line gets the indentation of the statement, and the axis of the samples."""
    source = Source("def main():\n    X = load()\n    xb = X[:3]\n")
    data = Data(("X",), (3, 50), 1, 10.0, 2.0, 1.0, 0.0, 9.0)
    edit = inputs_edit(source, data)
    assert edit is not None
    assert (source.applied(edit) or "").split("\n")[2] == (
        "    X = (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True)"
    )


def test_weights_are_drawn_from_the_same_generator() -> None:
    """Each matrix by its own fan-in, biases and data as they are."""
    text = textwrap.dedent("""\
        X = rng.normal(size=(9, 4))
        W1 = rng.uniform(0, 5, (4, 16))
        b1 = rng.uniform(0, 5, 16)
        params = {"W2": np.random.randn(16, 1) * 9}
    """)
    deviations = {"W1": (2.5, 1.4, 4), "b1": (2.5, 1.4, 0), "params['W2']": (0.0, 9.0, 16)}
    source = Source(text)
    edit = start_edit(source, deviations, "identity")
    assert edit is not None
    assert (source.applied(edit) or "").split("\n") == [
        "X = rng.normal(size=(9, 4))",
        "W1 = rng.normal(0.0, 0.5, (4, 16))",
        "b1 = rng.uniform(0, 5, 16)",
        'params = {"W2": np.random.normal(0.0, 0.25, (16, 1))}',
        "",
    ]
