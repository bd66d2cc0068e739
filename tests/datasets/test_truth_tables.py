"""Truth tables and parity against Python's own operators."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from shipped import loaded


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("and", lambda a, b: a & b),
        ("or", lambda a, b: a | b),
        ("nand", lambda a, b: 1 - (a & b)),
        ("xor", lambda a, b: a ^ b),
    ],
)
def test_two_bits(name: str, operator: Callable[[int, int], int]):
    """The four rows count upwards and hold what Python's operator says."""
    train = loaded(name).train
    assert train.X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert train.Y.ravel().tolist() == [operator(a, b) for a, b in itertools.product((0, 1), repeat=2)]


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_parity(bits: int):
    """Every combination of bits occurs once, with 1 for an odd number of ones."""
    train = loaded("parity", bits=bits).train
    rows = list(itertools.product((0, 1), repeat=bits))
    assert train.X.tolist() == [list(row) for row in rows]
    assert train.Y.ravel().tolist() == [sum(row) % 2 for row in rows]
