"""Tests for what a statement lacks, looked up by its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runner.recording.edits.scope import Kind, Scope, Variable
from runner.recording.edits.statement import Source
from runner.recording.repairing.missing import lacking

G = np.random.default_rng(3)
NAMES: dict[str, Any] = {
    "d": G.normal(size=(6, 4)),
    "e": G.normal(size=(6, 4)),
    "a": G.normal(size=(6, 4)),
    "W": G.normal(size=(5, 4)),
    "x": G.normal(size=(6, 5)),
    "gamma": G.normal(size=4),
    "reg": 0.03,
    "m": 6,
    "np": np,
}
KINDS: dict[str, Kind] = {
    "d": Kind.DELTA, "e": Kind.DELTA, "a": Kind.ACTIVATION, "W": Kind.PARAMETER, "x": Kind.DATA,
    "gamma": Kind.PARAMETER, "reg": Kind.SCALAR, "m": Kind.COUNT,
}  # fmt: skip
SCOPE = Scope(
    variables=tuple(Variable(name, kind, np.shape(NAMES[name]), n) for n, (name, kind) in enumerate(KINDS.items())),
    counts=("m",),
)


def found(wrong: str, right: str) -> list[str]:
    """The lines that are offered for a wrong one where what the right one makes is known."""
    target = np.asarray(eval(right.partition("=")[2], {}, NAMES))
    source = Source(wrong + "\n", "net.py")
    statement = source.statement_at(1)
    assert statement is not None
    offered = sorted(lacking(statement, SCOPE, NAMES, [target]), key=lambda one: one.size)
    lines = []
    for one in offered:
        start, end = source.span(one.node)
        lines.append((source.data[:start] + one.text.encode() + source.data[end:]).decode().strip())
    return lines


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("z = d", "z = d * gamma"),
        ("z = d * a", "z = d * a * gamma"),
        ("z = d", "z = d * (1 - a ** 2)"),
        ("z = d", "z = d / (1 + np.exp(-a))"),
        ("z = d", "z = d + e"),
        ("z = d", "z = d - d.mean(axis=-1, keepdims=True)"),
        ("z = x.T @ d", "z = x.T @ d + reg * W"),
        ("z = d + e", "z = d + e / m"),
        ("z = gamma * (d - a)", "z = gamma * (d - d.mean(axis=0, keepdims=True) - a)"),
    ],
)
def test_what_is_missing_is_offered(wrong: str, right: str) -> None:
    """A factor, a slope, a term, a share or a number is found wherever it stands in the line."""
    after = found(wrong, right)
    wanted = np.asarray(eval(right.partition("=")[2], {}, NAMES))
    assert any(np.allclose(eval(one.partition("=")[2], {}, NAMES), wanted) for one in after), after
    assert np.allclose(eval(after[0].partition("=")[2], {}, NAMES), wanted)


def test_nothing_is_offered_where_nothing_is_missing() -> None:
    """A line that makes what it has to make gets no proposal, and neither does one that nothing can complete."""
    assert found("z = d * a", "z = d * a") == []
    assert found("z = d", "z = np.sin(d) * np.cosh(a)") == []
