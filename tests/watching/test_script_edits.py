"""Changes of a script's text: only the wanted pieces, as somebody would write them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import pytest

from runner.diagnosis.scripts.changes.counts import longer_edit
from runner.diagnosis.scripts.changes.edit import Source
from runner.diagnosis.scripts.changes.rates import rate_edit
from runner.diagnosis.scripts.changes.scaling import inputs_edit, start_edit
from runner.diagnosis.scripts.facts import Data, Facts, Start, State, Units, gain_of


def facts(starts: Mapping[str, Start], kind: str = "tanh") -> Facts:
    """Facts of a script with these weights, whose rows are their inputs, and hidden layers of one kind."""
    state = State(0, 1.0, (Units(1, "", kind, 4, 0.0, 0.0),), None, None, None, ())
    return Facts((state,), None, None, "identity", "regression", starts, tuple(starts))


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
    starts = {"W1": Start(2.5, 1.4, 4, 12), "b1": Start(2.5, 1.4, 0, 3), "params['W2']": Start(0.0, 9.0, 16, 32)}
    source = Source(text)
    edit = start_edit(source, facts(starts))
    assert edit is not None
    assert (source.applied(edit) or "").split("\n") == [
        "X = rng.normal(size=(9, 4))",
        "W1 = rng.normal(0.0, 0.5, (4, 16))",
        "b1 = rng.uniform(0, 5, 16)",
        'params = {"W2": np.random.normal(0.0, 0.25, (16, 1))}',
        "",
    ]


@pytest.mark.parametrize("key", ['"W%d" % l', "f'W{l}'", '"W" + str(l)'], ids=["percent", "formatted", "added"])
def test_weights_of_all_layers_are_drawn_in_terms_of_their_shape(key: str) -> None:
    """A line in a loop makes the weights of every layer: its standard deviation is that of each, He's for ReLU."""
    source = Source(f"for l in range(1, 3):\n    params[{key}] = np.random.randn(sizes[l - 1], sizes[l])\n")
    known = facts({"params['W1']": Start(0.0, 1.0, 16, 1024), "params['W2']": Start(0.0, 1.0, 64, 640)}, "relu")
    edit = start_edit(source, known, gain_of(known))
    assert edit is not None
    expected = f"    params[{key}] = np.random.normal(0.0, np.sqrt(2 / sizes[l - 1]), (sizes[l - 1], sizes[l]))"
    assert (source.applied(edit) or "").split("\n")[1] == expected


@pytest.mark.parametrize(
    ("text", "line", "after"),
    [
        ("for e in range(50):\n    W -= g", 1, "for e in range(150):\n    W -= g"),
        ("n = 50\nfor e in range(1, n + 1):\n    W -= g", 2, "n = 150\nfor e in range(1, n + 1):\n    W -= g"),
        (
            "def fit(X, epochs=9):\n    for e in range(epochs):\n        for x in X:\n            W -= g\nfit(X, 50)",
            3,
            "def fit(X, epochs=9):\n    for e in range(epochs):\n        for x in X:\n            W -= g\nfit(X, 150)",
        ),
        ("n = 50\ndef fit(k):\n    for e in range(k):\n        W -= g\nfit(k=n)", 3, None),
    ],
    ids=["number", "name", "argument", "name of an argument"],
)
def test_a_loop_is_made_longer_where_its_length_is_written(text: str, line: int, after: str | None) -> None:
    """Of loops within each other the outer one; a name is followed to the number that it is given."""
    source = Source(text)
    edit = longer_edit(source, line, 3)
    assert edit is not None
    assert edit.times == 3
    assert source.applied(edit) == (after or text.replace("n = 50", "n = 150"))


def test_a_loop_over_data_is_not_made_longer() -> None:
    """How often it turns is no number of the script."""
    assert longer_edit(Source("for x in X:\n    W -= g"), 1, 3) is None
