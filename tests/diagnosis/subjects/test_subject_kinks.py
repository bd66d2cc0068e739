"""Kinks are distinguished from mistakes by what two steps say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from subject_checks import checked

from runner.diagnosis.gradients.differences import STEPS
from runner.diagnosis.gradients.sides import BothSides

pytestmark = pytest.mark.usefixtures("warm_workers")


def crossings(loss: Callable[[float], float], at: float) -> list[bool]:
    """Whether a kink is seen between the sides of each step."""
    theta, entry = np.array([at]), np.zeros(1, dtype=np.int64)
    epsilon = float(np.finfo(np.float64).eps)
    sides = BothSides(lambda entries, values: np.array([loss(float(one)) for one in values]), loss(at), 1, epsilon)
    return [bool(sides(entry, theta + step, theta - step)[2][0]) for step in STEPS]


@pytest.mark.parametrize("loss", [np.cosh, np.sin, lambda x: x**2 / 3, lambda x: 2 * x, lambda x: np.exp(-40 * x)])
def test_what_bends_smoothly_has_no_kink(loss: Callable[[float], float]) -> None:
    """However much it bends: at the third step, and at those after it, nothing is seen."""
    assert not any(crossings(loss, 0.3)[2:])


@pytest.mark.parametrize("height", [3.0, 0.1, 1e-4])
def test_a_kink_beside_a_curve_is_seen(height: float) -> None:
    """Small or large beside the curvature, at each step but the first, and no more where the steps are within it."""

    def loss(x: float) -> float:
        return 2 * x**2 + x + height * max(x - 0.3, 0.0)

    assert all(crossings(loss, 0.3)[1:6])
    assert not any(crossings(loss, 0.3 - 1e-4)[5:8])


@pytest.mark.parametrize("name", ["AllAtKinks", "NothingMoves"])
def test_units_at_their_kinks_are_no_mistake(name: str) -> None:
    """A right network whose units are all at, or 1e-9 from, a kink passes."""
    result = checked(f"misbehaving.py:{name}")
    assert result.passed, result
    assert result.causes == ()
