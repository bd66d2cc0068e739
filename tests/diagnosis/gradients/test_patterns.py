"""Patterns of wrong gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from runner.diagnosis.gradients.patterns import pattern_of, pattern_of_all

N = np.array([1.0, -2.0, 0.5, 3.0])


@dataclass
class Judged:
    layer: int
    is_bias: bool
    passed: bool
    ratio: float | None = None
    pattern: str = "no simple pattern"


@pytest.mark.parametrize(
    ("supplied", "pattern"),
    [
        (0 * N, "zero"),
        (4 * N, "4 times what it should be"),
        (-N, "sign flipped"),
        (-2 * N, "-2 times what it should be"),
        (np.array([1.0, 0.5, -2.0, 3.0]), "transposed"),
        (np.array([7.0, 8.0, 9.0, 10.0]), "the parameters themselves"),
        (np.array([1.0, -2.0, 0.5, 3.1]), "no simple pattern"),
    ],
)
def test_an_array_has_a_pattern(supplied: np.ndarray, pattern: str) -> None:
    """Zero, a factor, the sign, a transposition, the parameters: each is named; else that there is none."""
    transposed = N.reshape(2, 2).T.ravel()
    assert pattern_of(supplied, N, np.array([7.0, 8.0, 9.0, 10.0]), transposed) == pattern


def test_a_gradient_of_what_has_no_effect_is_reported() -> None:
    """Where the loss doesn't depend on an array, a gradient is too much."""
    assert pattern_of(N, 0 * N, N + 1, None) == "not zero, although the loss does not depend on it"


def grid(wrong: set[str], **more: object) -> list[Judged]:
    arrays = [(f"{kind}{layer}", layer, kind == "b") for layer in (1, 2, 3) for kind in "Wb"]
    return [Judged(layer, bias, name not in wrong, **more) for name, layer, bias in arrays]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "phrase"),
    [
        (set(), ""),
        ({"W2", "b2"}, "layer 2"),
        ({"W1", "b1", "W2", "b2"}, "layer 2 and the layers below it"),
        ({"W1", "W2", "W3", "b1", "b2", "b3"}, "every layer"),
        ({"b1", "b2", "b3"}, "only the biases of every layer"),
        ({"W1"}, "only the weights of layer 1"),
        ({"b1", "W3"}, "layers 1, 3"),
    ],
)
def test_all_arrays_have_a_pattern(wrong: set[str], phrase: str) -> None:
    """Which arrays are wrong is said in words."""
    assert pattern_of_all(grid(wrong)) == phrase


def test_a_common_factor_is_named_once() -> None:
    """Arrays that are all zero, or off by the same factor, are named with what they share."""
    assert pattern_of_all(grid({"b1"}, pattern="zero")) == "only the biases of layer 1: zero"
    scaled = grid({"W1", "b1"}, pattern="4 times what it should be", ratio=4.0)
    scaled[0].pattern, scaled[0].ratio = "4.00001 times what it should be", 4.0000001
    assert pattern_of_all(scaled) == "layer 1: 4 times what it should be"
