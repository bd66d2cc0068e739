"""Tests for the comparison of supplied gradients with true ones, and for projections."""

import numpy as np
import pytest

from runner.recording.locating.agreement import agreement
from runner.recording.locating.projections import Register, signature, signatures

TRUE = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])


@pytest.mark.parametrize(
    ("supplied", "state"),
    [
        (TRUE, "right"),
        (TRUE + 1e-9, "right"),
        (2 * TRUE, "factor"),
        (-TRUE, "factor"),
        (TRUE + 0.1, "wrong"),
        (np.zeros((2, 3)), "zero"),
        (np.ones((2, 4)), "shape"),
        (np.full((2, 3), np.nan), "wrong"),
        (None, "missing"),
    ],
)
def test_a_gradient_is_right_or_wrong_in_a_way_that_can_be_said(supplied: np.ndarray | None, state: str) -> None:
    """A factor, a shape that does not fit, zeros, nothing at all: each is distinguished from merely wrong."""
    assert agreement(supplied, TRUE).state == state


def test_the_factor_is_what_the_true_gradient_is_multiplied_by() -> None:
    """Twice the true gradient has the factor 2."""
    assert agreement(2 * TRUE, TRUE).factor == pytest.approx(2)


def test_a_shape_that_spreads_is_compared_as_it_spreads() -> None:
    """(3,) for (1, 3) is right; (1, 1) for (1, 4) spreads one number over all, which is said."""
    assert agreement(np.array([1.0, 2.0, 3.0]), np.array([[1.0, 2.0, 3.0]])).right
    found = agreement(np.array([[1.0]]), np.array([[1.0, 2.0, 3.0, 4.0]]))
    assert (found.state, found.spread, found.supplied_shape) == ("wrong", True, (1, 1))


def test_zero_truth_is_right_only_for_zeros() -> None:
    """Where the true gradient is zero, zeros are right and anything else is wrong."""
    assert agreement(np.zeros(3), np.zeros(3)).right
    assert agreement(np.ones(3), np.zeros(3)).state == "wrong"


def test_arrays_are_found_again_whatever_their_scale_and_shape() -> None:
    """A register names a known array for its multiple in another shape, with the factor; and nothing for others."""
    register: Register[str] = Register()
    register.add(signature(TRUE), "it")
    register.add(signature(TRUE.T), "turned")
    assert [(m.reference, round(m.factor, 9)) for m in register.find(signature(-3 * TRUE.reshape(6)), np.ones(1))] == [
        ("it", -3)
    ]
    assert [m.reference for m in register.find(signature(TRUE.T), np.ones(1))] == ["turned"]
    assert not list(register.find(signature(TRUE + 1e-3), np.ones(1)))
    assert not list(register.find(signature(np.zeros((2, 3))), np.ones(1)))


def test_the_rows_of_a_matrix_have_the_signatures_that_they_have_alone() -> None:
    """All rows at once give what each row gives."""
    for row, found in zip(TRUE, signatures(TRUE), strict=True):
        assert found.norm == pytest.approx(signature(row).norm)
        np.testing.assert_allclose(found.unit, signature(row).unit)
