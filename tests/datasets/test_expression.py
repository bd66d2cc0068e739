"""Formulas: what they compute, what they refuse, and how soon."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runner.datasets.expression import ExpressionError, parse

X = np.linspace(0.1, 2.0, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", X),
        ("7", np.full(7, 7.0)),
        ("-x + +2", 2.0 - X),
        ("x**2**2", X**4),
        ("-x**2", -(X * X)),
        ("(1 + x) * (1 - x)", 1 - X * X),
        ("x / 2 // 0.3", X / 2 // 0.3),
        ("x % 0.7", X % 0.7),
        ("sin(x) + cos(x) * tan(x)", np.sin(X) + np.cos(X) * np.tan(X)),
        ("exp(log(x)) - sqrt(abs(-x))", X - np.sqrt(X)),
        ("tanh(x) + sign(x) + floor(x)", np.tanh(X) + 1 + np.floor(X)),
        ("maximum(x, 1) - minimum(x, 1)", np.abs(X - 1)),
        ("pi * e", np.full(7, math.pi * math.e)),
        ("  1e3 + 0x10  ", np.full(7, 1016.0)),
    ],
)
def test_values(text: str, expected: np.ndarray):
    """A formula computes what Python and NumPy mean by it, as float64 in the shape of x."""
    value = parse(text)(X)
    assert value.dtype == np.float64
    assert value.shape == X.shape
    np.testing.assert_allclose(value, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the formula is empty: write an expression of x, such as x**2"),
        ("x^2", "'x^2': a power is written x**2, not x^2"),
        ("sin", "sin is a function: write sin(...)"),
        ("2*snh(x)", "unknown function 'snh' at position 3; did you mean 'sin'?; allowed: abs, cos, "),
        ("x + t", "unknown name 't' at position 5; allowed: x, pi, e, abs, "),
        ("maximum(x)", "'maximum(x)': maximum takes 2 arguments, not 1"),
        ("sin(x, x)", "'sin(x, x)': sin takes 1 argument, not 2"),
        ("x.real", "'x.real' is not part of a formula; allowed: x, numbers, pi, e, + - * / // % **, ( ), abs"),
        ("x if x else 1", "'x if x else 1' is not part of a formula"),
        ("x > 1", "'x > 1' is not part of a formula"),
        ("[x]", "'[x]' is not part of a formula"),
        ("lambda: x", "'lambda: x' is not part of a formula"),
        ("'x'", "\"'x'\" is not part of a formula"),
        ("f'{x}'", "\"f'{x}'\" is not part of a formula"),
        ("True", "'True' is not part of a formula"),
        ("1j", "'1j' is not part of a formula"),
        ("not x", "'not x' is not part of a formula"),
        ("~1", "'~1' is not part of a formula"),
        ("(y := x)", "'y := x' is not part of a formula"),
        ("sin(x, y=1)", "'sin(x, y=1)' is not part of a formula"),
        ("sin(*x)", "'*x' is not part of a formula"),
        ("np.sin(x)", "'np.sin(x)' is not part of a formula"),
        ("__import__('os').system('true')", "is not part of a formula"),
        ("9" * 400, "9...' is too large for a float64"),
        ("0x" + "f" * 300, "is too large for a float64"),
        ("1e999", "'1e999' is too large for a float64"),
        ("x**2)", "can't read 'x**2)' at position 5: unmatched ')'"),
        ("2x", "can't read '2x' at position 1: invalid decimal literal"),
        ("x = 1", "can't read 'x = 1'"),
        ("x; x", "can't read 'x; x'"),
        ("x\x00", "can't read 'x\\x00'"),
        ("\ud800", "can't read '\\ud800'"),
        ("x" * 501, "the formula has 501 characters, more than 500"),
    ],
)
def test_errors(text: str, message: str):
    """What is no formula is refused with the piece at fault, what is allowed and the nearest name."""
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200 + "x" + ")" * 200,
        "sin(" * 99 + "x" + ")" * 99,
        "-" * 499 + "x",
        "x" + "**x" * 160,
        "+".join(["x"] * 240),
        "(" * 480,
    ],
    ids=["brackets", "calls", "signs", "powers", "sums", "unclosed"],
)
def test_deep_nesting_is_refused(text: str):
    """Nesting beyond the limit is an error of its own, and not one of Python's stack."""
    with pytest.raises(ExpressionError, match="nested more than 50 deep"):
        parse(text)


def test_nesting_within_the_limit():
    """Forty brackets are fine."""
    np.testing.assert_array_equal(parse("(" * 40 + "x" + ")" * 40)(X), X)


@pytest.mark.parametrize("text", ["9**9**9", "9**9**9**9**9", "1/(x - x)", "log(-x)", "10.0**400 - 10.0**400"])
def test_numbers_stay_float64(text: str):
    """Towers of powers and undefined values are inf or NaN in float64, never large integers, without a warning."""
    value = parse(text)(X)
    assert value.dtype == np.float64
    assert not np.isfinite(value).any()
