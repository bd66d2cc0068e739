"""Tests for the edits of one statement."""

import ast

import pytest

from runner.recording.edits.cancelling import cancels
from runner.recording.edits.edit import Candidate, Edit, Proposal, Writer, applied
from runner.recording.edits.grammar import edits
from runner.recording.edits.scope import Function, Kind, Scope, Variable
from runner.recording.edits.sizes import Sizes
from runner.recording.edits.statement import Source

VARIABLES = (
    ("A1", Kind.ACTIVATION, (5, 3)),
    ("A2", Kind.ACTIVATION, (5, 2)),
    ("Z1", Kind.PREACTIVATION, (5, 3)),
    ("X", Kind.DATA, (5, 4)),
    ("Y", Kind.TARGET, (5, 2)),
    ("W1", Kind.PARAMETER, (4, 3)),
    ("W2", Kind.PARAMETER, (3, 2)),
    ("dW2", Kind.GRADIENT, (3, 2)),
    ("d1", Kind.DELTA, (5, 3)),
    ("d2", Kind.DELTA, (5, 2)),
    ("dh", Kind.DELTA, (5, 3)),
    ("ds", Kind.DELTA, (5, 4, 4)),
    ("q", Kind.ACTIVATION, (5, 4, 3)),
    ("acts[l]", Kind.ACTIVATION, (5, 3)),
    ("m", Kind.COUNT, ()),
    ("lr", Kind.SCALAR, ()),
    ("decay", Kind.SCALAR, ()),
)


def scope(**known: object) -> Scope:
    """The variables of a small network in which functions `relu_prime` and `tanh_prime` can be called."""
    return Scope(
        variables=tuple(Variable(text, kind, shape, place) for place, (text, kind, shape) in enumerate(VARIABLES)),
        functions=(Function("relu_prime(%s)"), Function("tanh_prime(%s)")),
        counts=("m", "len(X)", "X.shape[0]", "X.shape[1]"),
        numbers=(0.01, 2.0),
        **known,  # type: ignore[arg-type]
    )


def changed(text: str, line: int = 1, **known: object) -> dict[str, Edit]:
    """The whole texts that the edits of one line's statement make."""
    statement = Source(text, "net.py").statement_at(line)
    assert statement is not None
    return {edit.apply(text): edit for edit in edits(statement, scope(**known))}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("dW2 = A2.T @ d2", "dW2 = A1.T @ d2"),
        ("d1 = d2 @ dW2.T", "d1 = d2 @ W2.T"),
        ("g = acts[l].T @ d1", "g = acts[l - 1].T @ d1"),
        ("g = acts[l - 1].T @ d1", "g = acts[l].T @ d1"),
        ("for i in range(3): pass", "for i in range(2): pass"),
        ("back = d2 @ W2[1:].T", "back = d2 @ W2[:-1].T"),
        ("dW2 = A1.T @ d2", "dW2 = A1.T @ d2 / m"),
        ("dW2 = A1.T @ d2 / m", "dW2 = A1.T @ d2"),
        ("dW2 = A1.T @ d2 / X.shape[1]", "dW2 = A1.T @ d2 / X.shape[0]"),
        ("dW2 = 2.0 / m * A1.T @ d2", "dW2 = 1.0 / m * A1.T @ d2"),
        ("d1 = d2 @ W2", "d1 = d2 @ W2.T"),
        ("d1 = W2.T @ d2", "d1 = d2 @ W2.T"),
        ("d1 = np.dot(d2, W2)", "d1 = np.dot(d2, W2.T)"),
        ("d1 = d2.dot(W2)", "d1 = d2.dot(W2.T)"),
        ("d1 = d2 * W2.T", "d1 = d2 @ W2.T"),
        ("d1 = d2 @ W2.T @ (Z1 > 0)", "d1 = d2 @ W2.T * (Z1 > 0)"),
        ("g = np.einsum('bi,bj->ji', A1, d2)", "g = np.einsum('bi,bj->ij', A1, d2)"),
        ("g = np.einsum('bi->', d2)", "g = np.einsum('bi->i', d2)"),
        ("dk = ds @ q", "dk = ds.transpose(0, 2, 1) @ q"),
        ("db = np.sum(d2, axis=1)", "db = np.sum(d2, axis=0)"),
        ("db = np.sum(d2)", "db = np.sum(d2, axis=0, keepdims=True)"),
        ("db = d2.sum(1, keepdims=True)", "db = d2.sum(axis=0, keepdims=True)"),
        ("db = d2.mean(axis=0)", "db = d2.sum(axis=0)"),
        ("db = d2", "db = np.sum(d2, axis=0)"),
        ("d2 = Y - A2", "d2 = A2 - Y"),
        ("d1 = -d2 @ W2.T", "d1 = d2 @ W2.T"),
        ("d1 = (W2 + d2) * A1", "d1 = (W2 * d2) * A1"),
        ("d1 = dh * (Z1 < 0)", "d1 = dh * (Z1 > 0)"),
        ("d1 = d2 @ W2.T", "d1 = d2 @ W2.T * (Z1 > 0)"),
        ("d1 = d2 @ W2.T", "d1 = d2 @ W2.T * tanh_prime(Z1)"),
        ("d1 = d2 @ W2.T * (1 - np.tanh(A1) ** 2)", "d1 = d2 @ W2.T * (1 - A1 ** 2)"),
        ("d1 = dh * Z1 * (1 - Z1)", "d1 = dh * A1 * (1 - A1)"),
        ("d1 = dh * relu_prime(A1)", "d1 = dh * relu_prime(Z1)"),
        ("d1 = dh * relu_prime(Z1)", "d1 = dh * tanh_prime(Z1)"),
        ("dh = d2 @ W2.T", "dh = d2 @ W2.T + d1"),
        ("dW2 = A1.T @ d2", "dW2 = A1.T @ d2 + decay * W2"),
        ("dW2 += A1.T @ d2", "dW2 = A1.T @ d2"),
        ("dW2 = A1.T @ d2", "dW2 += A1.T @ d2"),
        ("W2 += lr * dW2", "W2 -= lr * dW2"),
        ("old = W2", "old = W2.copy()"),
        ("return -dW2, d1", "return dW2, d1"),
    ],
)
def test_an_edit_makes_the_right_line_of_the_wrong_one(wrong: str, right: str) -> None:
    """Each kind of mistake in a backward line has an edit that undoes it."""
    text, expected = (f"def f():\n    {line}\n" for line in (wrong, right))
    assert expected in changed(text, line=2)


def test_a_learning_rate_is_no_decay() -> None:
    """It may be the same number as what is missing, and is then no correction."""
    assert "dW2 = A1.T @ d2 + lr * W2\n" not in changed("dW2 = A1.T @ d2\n")


def test_a_state_is_not_negated_as_a_whole() -> None:
    """What it keeps of itself is zero at the first step, so that nothing would show there."""
    found = changed("d1 = decay * d1 + lr * dh\n")
    assert "d1 = decay * d1 - lr * dh\n" in found
    assert "d1 = -(decay * d1 + lr * dh)\n" not in found


def test_no_other_sample_is_taken_than_the_file_takes_somewhere() -> None:
    """A label of the next sample may be what is missing by chance: a sign."""
    other = "d1 = Y[m + 1] * d2\n"
    assert other not in changed("d1 = Y[m] * d2\n")
    assert f"{other}e = Y[m + 1]\n" in changed("d1 = Y[m] * d2\ne = Y[m + 1]\n")


def test_two_statements_change_places_with_their_comments() -> None:
    """An update that comes too early is moved behind the line that reads the weights, comment and all."""
    text = "W2 -= lr * dW2  # the update\nd1 = d2 @ W2.T\ndW1 = X.T @ d1\n"
    assert "d1 = d2 @ W2.T\nW2 -= lr * dW2  # the update\ndW1 = X.T @ d1\n" in changed(text)


def test_statements_keep_their_order_where_an_update_stands_twice() -> None:
    """Moving an update that is made once more below would leave it made twice."""
    update = "W2 -= lr * dW2\n"
    once = f"{update}d1 = d2 @ W2.T\n"
    assert f"d1 = d2 @ W2.T\n{update}" in changed(once)
    assert f"d1 = d2 @ W2.T\n{update}{update}" not in changed(f"{once}{update}")


def test_what_is_returned_is_computed_before_the_update() -> None:
    """Where the line that reads the weights is a return, its value is computed first and given a name."""
    text = "def f():\n    W2 -= lr * dW2\n    return d2 @ W2.T\n"
    expected = "def f():\n    back = d2 @ W2.T\n    W2 -= lr * dW2\n    return back\n"
    assert expected in changed(text, line=2)


def test_everything_outside_the_edit_stays_byte_for_byte() -> None:
    """Umlauts, comments, odd spacing and line breaks around an edit are kept."""
    text = "ä = 'é'; d1 = (d2  @ W2.T   # à travers\n   *  (1-np.tanh( A1 )**2))  # ö\nß = 1\n"
    source = Source(text, "net.py")
    statement = next(s for s in source.statements() if s.text.startswith("d1"))
    for edit in edits(statement, scope()):
        data = edit.apply(text).encode()
        assert data.startswith(source.data[: edit.start])
        assert data.endswith(source.data[edit.end :])
        assert source.data[edit.start : edit.end].decode() == edit.before


def test_smaller_edits_come_first() -> None:
    """One name or number exchanged is tried before anything that is added."""
    found = list(changed("d1 = d2 @ W2.T * (1 - A2 ** 2)\n").values())
    assert [edit.size for edit in found] == sorted(edit.size for edit in found)
    assert found[0].size < 1.1


def test_the_known_ratio_is_tried_on_every_number() -> None:
    """A result that is 4 times too large has its 4.0 replaced by 1.0, and its 1.0 by 0.25."""
    texts = changed("db = 4.0 / m * d1.sum(axis=0)\n", ratio=4.0)
    assert "db = 1.0 / m * d1.sum(axis=0)\n" in texts
    assert "db = 0.25 / m * d1.sum(axis=0)\n" in changed("db = 1.0 / m * d1.sum(axis=0)\n", ratio=4.0)


@pytest.mark.parametrize("text", ["d1 = d2 * A1", "d1 = (A1 - Z1) * d2", "d1 = d1 / m", "d1 = d2 * (Z1 > A1)"])
def test_guards_hold(text: str) -> None:
    """No edit divides by an array, subtracts or compares a variable with itself, or multiplies by 0."""
    forbidden = ["/ A1", "/ Z1", "/ d1", "/ d2", "A1 - A1", "Z1 - Z1", "Z1 > Z1", "A1 > A1", "* 0"]
    for result in changed(f"{text}\n"):
        assert not [f for f in forbidden if result.rstrip().endswith(f) or f"{f})" in result], result


@pytest.mark.parametrize(
    ("text", "constant"),
    [
        ("d1 = A1 * (1 - A1)", "d1 = A1 + (1 - A1)"),
        ("d1 = d2 + A1 - d1", "d1 = d2 + A1 - d2"),
        ("d1 = np.where(Z1 > 0, d1, dh)", "d1 = np.where(Z1 > 0, dh, dh)"),
        ("d1 = d1 - dh", "d1 = d1 - dh + dh"),
    ],
)
def test_no_edit_takes_away_what_an_expression_depends_on(text: str, constant: str) -> None:
    """An edit never makes a factor a constant, and never takes a term away that stands beside it."""
    found = {result.strip() for result in changed(f"{text}\n")}
    assert found
    assert constant not in found


@pytest.mark.parametrize(
    ("text", "constant"),
    [
        ("y + (1 - y)", True),
        ("1 - y - (2 - y)", True),
        ("2 * x * y / x / y", True),
        ("x ** 0", True),
        ("1 ** x", True),
        ("np.maximum(x, x)", True),
        ("x if c else x", True),
        ("y * (1 - y)", False),
        ("(p - y) / (p * (1 - p)) * p * (1 - p)", False),
        ("x ** 2 / x", False),
        ("2 / 4", False),
        ("np.where(c, 1.0, 0.01)", False),
        ("np.maximum(x, 0)", False),
    ],
)
def test_constants_are_known_by_their_form(text: str, constant: bool) -> None:
    """An expression in which all that is read cancels is a constant, whatever numbers stand beside it."""
    assert cancels(ast.parse(text, mode="eval").body) is constant


def test_a_statement_that_cancels_a_term_already_can_be_edited() -> None:
    """What cancels before an edit is not held against it."""
    assert "d1 = (d1 + A1 - A1) / 2\n" in changed("d1 = d1 + A1 - A1\n")


def test_conditions_are_left_alone() -> None:
    """Nothing inside the condition of an `if`, a `while` or an `x if c else y` is edited."""
    text = "if m > 2:\n    d1 = A1 if m > 3 else Z1\n"
    assert not changed(text, line=1)
    assert all("if m > 3 else" in result for result in changed(text, line=2))


def test_variables_of_another_kind_are_not_exchanged() -> None:
    """A parameter never takes the place of an activation, nor a number that of an array."""
    results = set(changed("g = A1.T @ d2\n"))
    assert not results & {"g = W1.T @ d2\n", "g = m.T @ d2\n", "g = A1.T @ W2\n", "g = A1.T @ lr\n"}


@pytest.mark.parametrize(
    ("wrong", "other", "guessed"),
    [
        ("d1 = d2 / 3", "d1 = d2 / 4", True),
        ("d1 = d2", "d1 = d2 / 5", True),
        ("d1 = d2", "d1 = d2 / hidden", True),
        ("d1 = d2 / hidden", "d1 = d2", True),
        ("d1 = d2", "d1 = d2 / m", False),
        ("d1 = d2", "d1 = d2 / len(X)", False),
        ("d1 = d2", "d1 = 2 * d2", False),
        ("d1 = 2 * d2", "d1 = d2", True),
        ("d1 = d2", "d1 = d2 / 9", False),
        ("d1 = d2 * X[4]", "d1 = d2 * X[3]", False),
        ("d1 = d2 * A1 ** 4", "d1 = d2 * A1 ** 3", False),
        ("for i in range(4): pass", "for i in range(3): pass", False),
    ],
)
def test_sizes_that_may_stand_for_others_are_guesses(wrong: str, other: str, guessed: bool) -> None:
    """A literal or count that agrees with a side of a parameter is a guess, unless the loss has it or data count it."""
    statement = Source(wrong).statement_at(1)
    assert statement is not None
    node = ast.parse(other).body[0]
    value = getattr(node, "value", None) or ast.parse("range(3)", mode="eval").body
    place = statement.value if statement.value is not None else statement.expressions[0]
    candidate = Candidate(Writer(statement), Proposal(place, ast.unparse(value), 1.0), "scale")
    known = {"m": 4, "hidden": 4, "len(X)": 4}
    sizes = Sizes(frozenset({2, 4}), frozenset({5}), "return np.sum((A2 - Y) ** 2) / m")
    found = sizes.guessed(statement, scope(), candidate, lambda text: known.get(text, _literal(text)))
    assert found is guessed


def _literal(text: str) -> object:
    return ast.literal_eval(text) if text.isdigit() else None


def test_several_edits_are_made_at_once() -> None:
    """Edits of different places are applied together, whatever their order."""
    text = "a = b - c\nd = e - f\n"
    first = Edit("net.py", 1, 4, 9, "b - c", "c - b", "sign", 1.0)
    second = Edit("net.py", 2, 14, 19, "e - f", "f - e", "sign", 1.0)
    assert applied(text, [first, second]) == applied(text, [second, first]) == "a = c - b\nd = f - e\n"


def test_an_edit_is_shown_as_whole_lines() -> None:
    """What is shown of an edit are the lines that it touches, as they were and as they become."""
    text = "a = 1\nd1 = d2 @ W2\n"
    edit = next(e for t, e in changed(text, line=2).items() if t.endswith("d2 @ W2.T\n"))
    assert edit.shown(text) == ("d1 = d2 @ W2", "d1 = d2 @ W2.T")
    assert edit.line == 2
