"""Steps whose first sample is all zeros, and places that are no mistake although all comes by them."""

from __future__ import annotations

from pathlib import Path

import pytest
from checked_files import line_of, told

pytestmark = pytest.mark.usefixtures("warm_workers")

EXCLUSIVE_OR = """
import math, random

random.seed(7)
u, v, p, q, s, t = [random.uniform(-1, 1) for _ in range(6)]
a, c, b = 0.1, -0.1, 0.05
rate = 0.3
inputs, outputs = [(0, 0), (0, 1), (1, 0), (1, 1)], [0, 1, 1, 0]

def sig(z):
    return 1 / (1 + math.exp(-z))

for epoch in range(1000):
    for (x, y), target in zip(inputs, outputs):
        h = sig(u * x + v * y + a)
        g = sig(p * x + q * y + c)
        o = sig(s * h + t * g + b)
        loss = 0.5 * (target - o) ** 2
        d = (o - target) * o * (1 - o)
        dh = d * s * h * (1 - h)
        dg = d * FACTOR * g * (1 - g)
        s = s - rate * d * h
        t = t - rate * d * g
        b = b - rate * d
        u = u - rate * dh * x
        v = v - rate * dh * y
        a = a - rate * dh
        p = p - rate * dg * x
        q = q - rate * dg * y
        c = c - rate * dg
"""


@pytest.mark.parametrize("factor", ["t", "s"])
def test_a_first_sample_of_zeros_is_not_what_is_judged(tmp_path: Path, factor: str) -> None:
    """A weight by which zero is multiplied has a gradient of zero, right or wrong: a later sample tells."""
    text = EXCLUSIVE_OR.replace("FACTOR", factor)
    result = told(tmp_path, text)
    assert result["passed"] == (factor == "t"), result["sentence"]
    if factor == "s":
        assert {one["line"] for one in result["edits"]} == {line_of(text, "dg = ")}


EARLY = """
import numpy as np

x = np.linspace(-1, 1, 9)
y = 3 * x + 1 + 0.1 * np.cos(7 * x)
slope = offset = 0.5
rate = 0.1

def line(x, a, b):
    return a + b * x

for step in range(100):
    loss = np.sum((line(x, offset, slope) - y) ** 2) / 2
    offset = offset - rate * np.sum(line(x, offset, slope) - y)
    slope = slope - rate * np.sum((line(x, offset, slope) - y) * (x + 2))
"""


def test_a_formula_of_the_model_is_suspected_after_what_calls_it(tmp_path: Path) -> None:
    """What the forward pass does by the same line would be in the loss as well."""
    lines = [place["line"] for place in told(tmp_path, EARLY)["places"]]
    update, formula = line_of(EARLY, "slope = slope -"), line_of(EARLY, "return a")
    assert update in lines
    assert formula not in lines[: lines.index(update)]


SUMMED = """
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(4, 12)), np.eye(3)[rng.integers(0, 3, 12)].T
W, b = rng.normal(size=(3, 4)), np.zeros((3, 1))

def descend(W, b, iterations):
    for i in range(iterations):
        Z = W @ X + b
        A = np.exp(Z) / np.sum(np.exp(Z), axis=0)
        loss = -np.sum(Y * np.log(A)) / 12
        dZ = (A - Y) / 12
        dW = dZ @ X.T
        db = dZ.sum() * np.zeros((3, 1))
        W = W - 0.1 * dW
        b = b - 0.1 * db
    return W, b

descend(W, b, 100)
"""


def test_the_loop_around_the_training_is_no_suspect(tmp_path: Path) -> None:
    """A gradient of zero is not left out by the loop in which the forward pass stands as well."""
    result = told(tmp_path, SUMMED)
    assert line_of(SUMMED, "db = ") in [place["line"] for place in result["places"]]
    assert line_of(SUMMED, "for i in") not in [place["line"] for place in result["places"]]
