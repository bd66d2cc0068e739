"""Activations as functions: values, ranges, kinks and tails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from runner.network.activations import ACTIVATIONS
from runner.network.architecture import Architecture
from runner.network.build import forward_program, training_program
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.program import Emitter, Phase
from runner.network.workspace import Workspace, run

TAILS = np.array([[-800.0, -40.0, -1.0, -1e-300, 0.0, 1e-300, 1.0, 40.0, 800.0]])


def apply(choice: ActivationChoice, z: NDArray[np.float64], as_written: bool = False) -> NDArray[np.float64]:
    """f(z) for z of (units, n)."""
    units = len(z)
    architecture = Architecture((units, units), (choice,), bias=False)
    workspace = Workspace(architecture, forward_program(architecture, as_written=as_written))
    workspace.theta[:] = np.eye(units).ravel()
    batch = workspace.batch(z, np.zeros_like(z))
    run(batch.calls(Phase.FORWARD, Phase.OUTPUT))
    return batch["A1"]


def derivative(choice: ActivationChoice, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """f'(z) for z of (1, n), as the backward pass has it."""
    architecture = Architecture((1, 1, 1), (choice, ActivationChoice("identity")), bias=False)
    program = training_program(architecture, "half_squared_error", LossOptions())
    workspace = Workspace(architecture, program, scalars=("loss",))
    workspace.theta[:] = 1.0
    batch = workspace.batch(z, np.zeros_like(z))
    run(batch.calls(Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD))
    return batch["F1"]


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_values_stay_in_the_image_for_any_input(name: str) -> None:
    """No finite input overflows or leaves the range that the registry states."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a = apply(ActivationChoice(name), np.vstack([TAILS, -TAILS]))
    low, high = ActivationChoice(name).image
    assert np.isfinite(a).all()
    assert (a >= low).all()
    assert (a <= high).all()


@pytest.mark.parametrize("name", [name for name, activation in ACTIVATIONS.items() if activation.by_hand])
def test_the_calls_agree_with_the_textbook_formula_and_its_slope(name: str) -> None:
    """At any number f is the formula worked out by hand, and f' is its central difference."""
    choice, z, h = ActivationChoice(name), np.linspace(-6.0, 6.0, 60), 1e-5
    by_hand = ACTIVATIONS[name].by_hand
    assert by_hand is not None
    expected = [by_hand.value(float(one), choice.parameters) for one in z]
    np.testing.assert_allclose(apply(choice, z[None])[0], expected, rtol=1e-13, atol=1e-15)
    if ACTIVATIONS[name].derivative is not None:
        above, below = ([by_hand.value(float(one), choice.parameters) for one in z + step] for step in (h, -h))
        slope = (np.array(above) - np.array(below)) / (2 * h)
        np.testing.assert_allclose(derivative(choice, z[None])[0], slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", [name for name, activation in ACTIVATIONS.items() if activation.by_hand])
def test_odd_and_homogeneous_activations_are_stated_as_such(name: str) -> None:
    """The registry's `odd` and `homogeneous` are what the numbers say: f(-z) = -f(z), f(3z) = 3 f(z)."""
    activation = ACTIVATIONS[name]
    assert activation.by_hand is not None
    at = {z: activation.by_hand.value(z, activation.parameters) for z in (-2.1, -0.7, 0.7, 2.1)}
    assert activation.odd == (at[-0.7] == pytest.approx(-at[0.7]) and at[-2.1] == pytest.approx(-at[2.1]))
    assert activation.homogeneous == (at[2.1] == pytest.approx(3 * at[0.7]) and at[-2.1] == pytest.approx(3 * at[-0.7]))


@pytest.mark.parametrize("name", [name for name, activation in ACTIVATIONS.items() if activation.derivative_of_value])
def test_the_formula_of_the_derivative_in_terms_of_the_value_is_the_derivative(name: str) -> None:
    """What `derivative_of_value` makes of f(z) is f'(z)."""
    activation, z = ACTIVATIONS[name], np.linspace(-3.0, 3.0, 40)[None]
    if activation.derivative is None or activation.derivative_of_value is None:
        return
    a = apply(ActivationChoice(name), z)
    e = Emitter()
    e.shapes["Z1"] = e.shapes["F"] = (1, z.shape[1])
    activation.derivative_of_value(e, "Z1", "F", activation.parameters)
    one = Architecture((1, 1), (ActivationChoice("identity"),), bias=False)
    batch = Workspace(one, e.program()).batch(z, np.zeros_like(z))
    batch["Z1"][...] = a
    run(batch.calls(Phase.FORWARD))
    np.testing.assert_allclose(batch["F"], derivative(ActivationChoice(name), z), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [name for name, activation in ACTIVATIONS.items() if activation.derivative])
def test_steepest_bounds_the_derivative(name: str) -> None:
    """No |f'| exceeds the registry's steepest, and it is reached somewhere."""
    z = np.linspace(-30, 30, 20001)[None]
    slope = np.abs(derivative(ActivationChoice(name), z)).max()
    assert slope == pytest.approx(ACTIVATIONS[name].steepest, rel=1e-6)


def test_sigmoid_is_accurate_in_its_lower_tail() -> None:
    """sigmoid(-40) is exp(-40) to 1e-15, not 0."""
    assert apply(ActivationChoice("sigmoid"), TAILS)[0, 1] == pytest.approx(math.exp(-40), rel=1e-15)


def test_sigmoid_as_written_underflows_to_zero() -> None:
    """1 / (1 + exp(-z)), written by hand, is exactly 0 at -800; the guarded form is not."""
    with np.errstate(over="ignore"):
        assert apply(ActivationChoice("sigmoid"), TAILS, as_written=True)[0, 0] == 0.0
    assert apply(ActivationChoice("sigmoid"), TAILS)[0, 0] > 0.0


@pytest.mark.parametrize(("name", "left"), [("relu", 0.0), ("leaky_relu", 0.01), ("elu", 1.0)])
def test_kinks_have_the_derivative_from_the_left(name: str, left: float) -> None:
    """At 0 the derivative is the one from below."""
    assert derivative(ActivationChoice(name), np.zeros((1, 1)))[0, 0] == left


@pytest.mark.parametrize(
    ("choice", "slope"),
    [
        (ActivationChoice("leaky_relu", {"slope": 0.3}), 0.3),
        (ActivationChoice("elu", {"alpha": 0.4}), 0.4 * math.exp(-1)),
    ],
)
def test_parameters_change_the_function(choice: ActivationChoice, slope: float) -> None:
    """slope and alpha are those of the choice, left of 0; right of 0 the derivative is 1."""
    assert derivative(choice, np.array([[-1.0, 2.0]]))[0] == pytest.approx([slope, 1.0], rel=1e-15)
    assert str(choice).startswith(choice.name + "(")


def test_softmax_sums_to_one_for_each_sample() -> None:
    """The classes of a sample share 1 among them."""
    a = apply(ActivationChoice("softmax"), np.random.default_rng(0).normal(size=(4, 6)) * 50)
    np.testing.assert_allclose(a.sum(axis=0), 1.0, rtol=1e-15)


def test_selu_keeps_mean_0_and_variance_1() -> None:
    """Of standard normal numbers selu makes numbers of mean 0 and variance 1 (Klambauer et al. 2017)."""
    points, weights = np.polynomial.hermite_e.hermegauss(200)
    a = apply(ActivationChoice("selu"), points[None])[0]
    weights = weights / weights.sum()
    assert float(weights @ a) == pytest.approx(0.0, abs=1e-2)
    assert float(weights @ a**2) == pytest.approx(1.0, abs=2e-2)


def test_gelu_is_exact_in_its_lower_tail() -> None:
    """gelu(-20) is -20 times the tail of the normal distribution, 5.5e-88, not 0."""
    expected = -20.0 * 0.5 * math.erfc(20.0 / math.sqrt(2.0))
    assert apply(ActivationChoice("gelu"), np.array([[-20.0]]))[0, 0] == pytest.approx(expected, rel=1e-13)
