"""Right gradients pass, wrong ones don't, and what can't be judged is set apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from runner.diagnosis.gradients.computation import Computation, Perturbed, random_parameters
from runner.diagnosis.gradients.gradient_check import MOST_WEIGHTS, ArrayCheck, check_gradient, worst_of
from runner.network.activations import ACTIVATIONS
from runner.network.architecture import Architecture
from runner.network.arrays import arrays_of
from runner.network.faults.fault import Context
from runner.network.faults.placement import Placement
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES


def network(sizes: tuple[int, ...], names: list[str], loss: str, options: LossOptions | None = None) -> Placement:
    architecture = Architecture(sizes, tuple(map(ActivationChoice, names)))
    return Placement(Context(architecture, loss, options or LossOptions()))


def checked(
    net: Placement, theta: np.ndarray, X: np.ndarray, Y: np.ndarray, factor: float | np.ndarray = 1.0
) -> list[ArrayCheck]:
    supplied = factor * Computation(net).gradient(theta, X, Y)
    sides = Perturbed(net, theta, X, Y)
    return check_gradient(arrays_of(net.context.architecture), theta, supplied, sides, "here", np.random.default_rng(0))


def _all(hidden: tuple[int, ...]) -> Iterator[tuple[list[str], str, LossOptions]]:
    for activation, output, loss in itertools.product(ACTIVATIONS if hidden else ["tanh"], ACTIVATIONS, LOSSES):
        entropy = "entropy" in loss
        if not entropy or output in ("sigmoid", "softmax"):
            options = [LossOptions(labels=True), LossOptions("sum", from_logits=False)] if entropy else [LossOptions()]
            for option in options:
                yield [activation] * len(hidden) + [output], loss, option


@pytest.mark.parametrize("hidden", [(), (4,), pytest.param((4, 3, 5), marks=pytest.mark.slow)])
def test_right_gradients_pass(hidden: tuple[int, ...]) -> None:
    """No activation, loss or depth gives an alarm, targets of 1e8 or 1e-8 neither; usual ones fit to 1e-6."""
    for seed, ((names, loss, options), scale) in enumerate(itertools.product(_all(hidden), (1.0, 1e8, 1e-8))):
        rng = np.random.default_rng(seed)
        net = network((3, *hidden, 2), names, loss, options)
        X = rng.normal(size=(7, 3))
        Y = np.eye(2)[rng.integers(0, 2, 7)] if "entropy" in loss else scale * rng.normal(size=(7, 2))
        for check in checked(net, random_parameters(net.context.architecture, X, rng), X, Y):
            assert check.passed, (names, loss, options, scale, check)
            assert scale != 1.0 or check.pattern != "right" or check.relative_error < 1e-6, (names, loss, check)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_a_unit_at_its_kink_gives_no_alarm(activation: str) -> None:
    """Units exactly at 0, or 1e-8 from it, are set apart; the others are still checked."""
    net = network((2, 3, 1), [activation, "identity"], "half_squared_error")
    rng = np.random.default_rng(0)
    X, Y = np.vstack([np.zeros(2), rng.normal(size=(5, 2))]), rng.normal(size=(6, 1))
    theta = random_parameters(net.context.architecture, X, rng)
    for distance in (0.0, 1e-8, -1e-12):
        theta[[2, 5]] = distance  # biases: the first sample is 0
        checks = {check.name: check for check in checked(net, theta, X, Y)}
        assert all(check.passed for check in checks.values())
        assert checks["b1"].checked >= 1
        assert checks["W1"].checked == 6
        if distance == 0.0:
            assert checks["b1"].at_kinks == 2


def test_a_wrong_entry_is_found_and_reported() -> None:
    """One entry off by a thousandth fails its array alone, and its index is that of W (fan_in, fan_out)."""
    net = network((2, 3, 1), ["tanh", "identity"], "half_squared_error")
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(5, 2)), rng.normal(size=(5, 1))
    theta = random_parameters(net.context.architecture, X, rng)
    factor = np.ones(len(theta))
    factor[3 * 2 + 1] = 1.001  # [W1 b1] is (3, 3): unit 3, input 2
    checks = {check.name: check for check in checked(net, theta, X, Y, factor)}
    assert [name for name, check in checks.items() if not check.passed] == ["W1"]
    assert checks["W1"].worst_index == [1, 2]


def test_large_arrays_are_sampled() -> None:
    """Of a large matrix some hundred entries are checked, of its biases all."""
    net = network((60, 40, 1), ["tanh", "identity"], "half_squared_error")
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(5, 60)), rng.normal(size=(5, 1))
    theta = random_parameters(net.context.architecture, X, rng)
    checks = {check.name: check for check in checked(net, theta, X, Y, 2.0)}
    assert (checks["W1"].checked, checks["W1"].size, checks["b1"].checked) == (MOST_WEIGHTS, 2400, 40)
    assert all(check.ratio == pytest.approx(2.0) and not check.passed for check in checks.values())


def test_of_several_points_the_worst_is_reported() -> None:
    """An array that is wrong at one point is wrong."""
    net = network((2, 1), ["identity"], "half_squared_error")
    X, Y = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[1.0], [3.0]])
    theta = np.array([0.1, 0.2, 0.3])
    right, wrong = checked(net, theta, X, Y), checked(net, theta, X, Y, 1.5)
    assert [check.passed for check in worst_of([right, wrong, right])] == [False, False]
