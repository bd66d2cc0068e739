"""Central differences: their steps, their errors, their kinks; many in one pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from configured_networks import CLASSES, REGRESSION, setup

from runner.diagnosis.gradients.computation import Perturbed, kinks_at_zero
from runner.diagnosis.gradients.differences import Array, BothSides, Entries, central_differences


def sides_of(function: Callable[[Array], Array], crosses: Callable[[Array, Array], Array] | None = None) -> BothSides:
    """Both sides of a function of each entry alone."""

    def both_sides(entries: Entries, above: Array, below: Array) -> tuple[Array, Array, Array]:
        crossed = np.zeros(len(entries), bool) if crosses is None else crosses(above, below)
        return function(above), function(below), crossed

    return both_sides


@pytest.mark.parametrize("frequency", [1e-3, 1.0, 1e3, 1e6])
def test_the_step_follows_the_function(frequency: float) -> None:
    """A derivative is found to 1e-8 of its size, however fast the function varies."""
    theta = np.array([0.3, -1.7, 40.0]) / frequency
    found = central_differences(sides_of(lambda x: np.sin(frequency * x)), theta, np.arange(3))
    np.testing.assert_allclose(found.values, frequency * np.cos(frequency * theta), atol=1e-8 * frequency)
    assert not found.at_kink.any()


def test_errors_are_reported() -> None:
    """Where the loss is large beside its derivative, the estimated error covers what rounding has taken."""
    found = central_differences(sides_of(lambda x: 1e10 + np.sin(x)), np.array([0.5]), np.arange(1))
    assert abs(found.values[0] - np.cos(0.5)) <= 10 * found.errors[0]
    assert found.errors[0] > 1e-9


def test_kinks_are_set_apart() -> None:
    """A step that reaches across a kink isn't used: a smaller one is, or none where the kink is too near."""
    theta = np.array([1e-4, 1e-12, 0.0])
    both_sides = sides_of(np.abs, lambda above, below: np.sign(above) != np.sign(below))
    found = central_differences(both_sides, theta, np.arange(3))
    assert found.values[0] == pytest.approx(1.0, abs=1e-9)
    assert list(found.at_kink) == [False, True, True]
    assert np.isnan(found.values[1:]).all()


def test_what_is_not_finite_is_not_used() -> None:
    """An overflow on one side leads to a smaller step, an overflow everywhere to no derivative."""
    with np.errstate(all="ignore"):
        function = sides_of(lambda x: np.where(x > 1.001, np.inf, x**2))
        found = central_differences(function, np.array([1.0, 2.0]), np.arange(2))
    assert found.values[0] == pytest.approx(2.0, abs=1e-9)
    assert np.isnan(found.values[1])
    assert not found.at_kink.any()


@pytest.mark.parametrize("config", [REGRESSION, CLASSES])
def test_a_pack_gives_the_bits_of_single_passes(config: dict[str, object]) -> None:
    """Losses of many shifts at once are those of one after the other, to the last bit; so are their kinks."""
    ready = setup(config)
    part, theta = ready.dataset.train, ready.initial
    entries = np.arange(len(theta))
    above, below = theta + 0.05, theta - 0.05
    packed = Perturbed(ready.placement, theta, part.X, part.Y, replicas=7)(entries, above, below)
    single = Perturbed(ready.placement, theta, part.X, part.Y, replicas=1)(entries, above, below)
    for together, alone in zip(packed, single, strict=True):
        assert np.array_equal(together, alone)
    assert (packed[0] != packed[1]).all()


def test_kinks_are_found_by_measuring() -> None:
    """Activations with a kink at 0 are known by their slopes there, the absolute error by its name."""
    names = ("relu", "leaky_relu", "elu", "tanh", "softplus")
    network = {"hidden": [2] * 6, "activation": [*names, {"name": "elu", "alpha": 0.5}], "output": "identity"}
    assert kinks_at_zero(setup(REGRESSION, network=network).placement) == ["Z1", "Z2", "Z6"]
    assert kinks_at_zero(setup(REGRESSION, loss={"name": "absolute_error"}).placement) == ["E"]
