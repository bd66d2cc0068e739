"""Tests for what a changed statement makes: run alone, known by its numbers, and judged by the true derivatives."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest
from faulty_steps import ROWS
from written_steps import FILE, POINTS, WrittenStep, locate

from runner.recording.edits.scope import Kind
from runner.recording.edits.statement import Source
from runner.recording.locating.definitions import definitions
from runner.recording.locating.locating import Located
from runner.recording.repairing.judging import Judge
from runner.recording.repairing.kinds import Kinds
from runner.recording.repairing.running import Result, code_of, code_of_step, code_of_store, made, stores
from runner.recording.repairing.state import restored
from runner.recording.taping.node import Place, Statement


@pytest.fixture(scope="module")
def found() -> Located:
    """A right network of three layers, its step and the true derivatives."""
    return locate(WrittenStep(ROWS), POINTS[0])


def named(found: Located, name: str) -> Any:
    """The last value that a statement `name = ...` made."""
    of_name = [n for n in found.colours.tape.nodes if n.statement and n.statement.place.text.startswith(f"{name} =")]
    return of_name[-1].value


def statement(text: str) -> ast.stmt:
    """One statement."""
    return ast.parse(text).body[0]


# -- judging


def test_what_became_a_derivative_is_right(found: Located) -> None:
    """The derivative by Z1 in the place of something that is none is right; another wrong value is not."""
    judge = Judge(found.colours)
    wrong, right = named(found, "dZ1") * named(found, "A1"), named(found, "dZ1")
    assert judge.verdict(Result((right,)), Result((wrong,))) is True
    assert judge.verdict(Result((wrong * 2.5 + 1,)), Result((wrong,))) is False
    assert judge.became_true(Result((right,)), Result((wrong,)))
    assert not judge.became_true(Result((wrong,)), Result((right,)))


def test_nothing_is_said_where_nothing_has_changed(found: Located) -> None:
    """An edit without an effect is neither right nor wrong, and one that fails is wrong."""
    judge, value = Judge(found.colours), named(found, "dZ1")
    assert judge.verdict(Result((value,)), Result((value,))) is None
    assert judge.verdict(None, Result((value,))) is False


def test_a_derivative_that_is_only_scaled_is_no_improvement(found: Located) -> None:
    """What was the same derivative before is not made right by a sign or a number."""
    judge, value = Judge(found.colours), named(found, "dZ1")
    assert judge.verdict(Result((-value,)), Result((value,))) is False
    assert judge.verdict(Result((value / 8,)), Result((value,))) is False


def test_with_a_known_factor_the_same_derivative_has_to_be_divided_by_it(found: Located) -> None:
    """Where a gradient is twice too large its half is right, and nothing else."""
    judge, value = Judge(found.colours, ratio=2.0), named(found, "dW2")
    assert judge.verdict(Result((value,)), Result((2 * value,))) is True
    assert judge.verdict(Result((4 * value,)), Result((2 * value,))) is False


def test_the_derivative_that_is_needed_is_no_other(found: Located) -> None:
    """Where it is known whose derivative is needed, that of another value is wrong."""
    parameter = found.parameters[2]
    assert parameter is not None
    judge = Judge(found.colours, wanted=frozenset({parameter.index}))
    assert judge.verdict(Result((named(found, "dW2"),)), Result((np.ones(3),))) is True
    assert judge.verdict(Result((named(found, "dW3"),)), Result((np.ones(3),))) is False


# -- kinds


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Z1", Kind.PREACTIVATION),
        ("A1", Kind.ACTIVATION),
        ("dZ2", Kind.DELTA),
        ("dW2", Kind.GRADIENT),
    ],
)
def test_a_value_is_told_by_its_numbers(found: Located, name: str, kind: Kind) -> None:
    """What comes back, gradients of parameters and signals are distinguished whatever they are called."""
    kinds = Kinds(found.colours, found.uses, found.parameters)
    assert kinds.of(np.array(named(found, name))) is kind


def test_numbers_masks_and_texts_have_kinds(found: Located) -> None:
    """A whole number counts, a mask is a slope, and a text is nothing."""
    kinds = Kinds(found.colours, found.uses, found.parameters)
    assert kinds.of(12345) is Kind.COUNT
    assert kinds.of(np.array([True, False])) is Kind.DERIVATIVE
    assert kinds.of("tanh") is Kind.OTHER


# -- running


def run(text: str, **names: Any) -> Any:
    """What a statement makes."""
    code = code_of(statement(text))
    result = None if code is None else made(code, names)
    return None if result is None else result.parts


def test_a_statement_makes_what_it_assigns_adds_up_to_or_returns() -> None:
    """The value is made, and the variables stay as they are."""
    names = {"a": 2.0, "b": 3.0, "d": []}
    assert run("c = a * b", **names) == (6.0,)
    assert run("a += b", **names) == (5.0,)
    assert run("c = a, [b, {'x': a}]", **names) == (2.0, 3.0, 2.0)
    assert run("d.append(a - b)", **names) == (-1.0,)
    assert names == {"a": 2.0, "b": 3.0, "d": []}


def test_a_statement_that_fails_or_makes_nothing_has_no_result() -> None:
    """What raises gives None, and so does what is no assignment."""
    assert run("c = a / 0", a=1) is None
    assert run("import math") is None
    assert run("print(a)", a=1) is None


def test_an_update_is_what_is_added_to_its_target() -> None:
    """`w = w - lr * g` makes `-lr * g`, as `w -= lr * g` makes `lr * g`."""
    for text, expected in (("w = w - lr * g", -0.5), ("w -= lr * g", 0.5)):
        code = code_of_step(statement(text))
        assert code is not None
        result = made(code, {"w": 10.0, "lr": 0.5, "g": 1.0})
        assert result is not None
        assert result.parts == (expected,)


def test_what_is_written_into_an_array_is_seen_in_a_copy() -> None:
    """`x[i] = 0` makes the whole array; the array itself stays as it was."""
    array = np.arange(3.0)
    written = statement("x[0] = 7")
    assert stores(written, {"x": array})
    assert not stores(written, {"x": [1, 2, 3]})
    code = code_of_store(written)
    assert code is not None
    result = made(code, {"x": array})
    assert result is not None
    assert result.parts[0].tolist() == [7.0, 1.0, 2.0]
    assert array.tolist() == [0.0, 1.0, 2.0]


def test_what_a_function_changes_is_put_back() -> None:
    """Attributes, items and elements are as they were once the context ends."""

    class Layer:
        def __init__(self) -> None:
            self.w, self.seen = np.ones(2), [1]

    layer = Layer()
    kept = layer.w
    with restored({"layer": layer}):
        layer.w += 5
        layer.w = np.zeros(2)
        layer.seen.append(2)
        layer.new = 1  # type: ignore[attr-defined]
    assert layer.w is kept
    assert kept.tolist() == [1.0, 1.0]
    assert layer.seen == [1]
    assert not hasattr(layer, "new")


# -- definitions


def test_the_definition_of_a_number_is_found_in_its_function() -> None:
    """`m = len(X)` is found for a line that divides by m; what is no size or number is not, nor another function's."""
    text = "m = 3\ndef f(X, k):\n    m = len(X)\n    n = X.shape[0] * 2\n    z = X @ X\n    return z / m\n"
    source = Source(text, str(FILE))
    last = source.statement_at(6)
    assert last is not None
    place = Place(FILE, 6, 4, 6, 16, "return z / m")
    places = [one.place for one in definitions(source, last, Statement(place, "Return", "f"))]
    assert [(one.line, one.text) for one in places] == [(3, "m = len(X)")]
