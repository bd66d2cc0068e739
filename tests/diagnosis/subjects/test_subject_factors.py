"""What a factor that all gradients have in common is called."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.subjects.naming.factors import common_factor

pytestmark = pytest.mark.usefixtures("warm_workers")

SAMPLES = (7, 11, 4)


def point(*ratios: float) -> list[ArrayCheck]:
    """The checks of a point at which each array is so many times what it should be."""
    patterns = ["sign flipped" if ratio == -1.0 else f"{ratio:.6g} times what it should be" for ratio in ratios]
    return [
        ArrayCheck(f"W{i}", i, False, False, 0.5, 1.0, ratio, None, pattern, 4, 4, 0, "somewhere")
        for i, (ratio, pattern) in enumerate(zip(ratios, patterns, strict=True), start=1)
    ]


@pytest.mark.parametrize(
    ("factors", "averaged", "name"),
    [
        ([7, 11, 4], True, "gradient_not_averaged"),
        ([1 / 7, 1 / 11, 1 / 4], True, "gradient_averaged_twice"),
        ([1 / 7, 1 / 11, 1 / 4], False, "gradient_averaged_loss_summed"),
        ([7 / 32, 11 / 32, 4 / 32], True, "batch_size_assumed"),
        ([2, 2, 2], True, "factor_two"),
        ([0.5, 0.5, 0.5], None, "factor_two"),
        ([3, 3, 3], True, "output_reduction_mismatch"),
        ([1 / 3, 1 / 3, 1 / 3], True, "output_reduction_mismatch"),
        ([5, 5, 5], True, "constant_scale"),
        ([-1, -1, -1], True, "sign_flipped"),
    ],
)
def test_a_factor_is_named_by_how_it_goes_with_the_samples(
    factors: Sequence[float], averaged: bool | None, name: str
) -> None:
    """With 3 outputs, on 7, 11 and 4 samples."""
    found = common_factor([point(one, one) for one in factors], SAMPLES, 3, averaged=averaged)
    assert found is not None
    assert (found.name, found.layer) == (name, None)


def test_with_one_number_of_samples_nothing_is_said_of_it() -> None:
    """What is 7 times too large on 7 samples only may be too large by n or by 7."""
    assert common_factor([point(7.0, 7.0)] * 2, (7, 7), 3, averaged=True) is None


@pytest.mark.parametrize("points", [[point(2.0, 3.0)] * 3, [point(2.0), point(3.0), point(5.0)]])
def test_what_has_no_factor_in_common_has_no_name(points: list[list[ArrayCheck]]) -> None:
    """Neither arrays with factors of their own nor points with unrelated ones."""
    assert common_factor(points, SAMPLES, 3, averaged=True) is None
