"""Initial weights: each rule against its formula, and the order of its draws."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from runner.network.architecture import Architecture
from runner.network.initialisers import INITIALISERS, InitialValuesError, initial_parameters
from runner.network.layer import ActivationChoice, Layer
from runner.rng import Draws, Streams

FAN_IN, FAN_OUT = 300, 200


def layer(fan_in: int = FAN_IN, fan_out: int = FAN_OUT, index: int = 1) -> Layer:
    return Layer(index, fan_in, fan_out, fan_in + 1, 0, ActivationChoice("tanh"))


def draws() -> Draws:
    return Streams("pcg64", 0).init()


@pytest.mark.parametrize(
    ("name", "variance"), [("he", 2 / FAN_IN), ("xavier", 2 / (FAN_IN + FAN_OUT)), ("lecun", 1 / FAN_IN)]
)
def test_scaled_rules_have_the_variance_of_their_papers(name: str, variance: float) -> None:
    """The mean is 0 and the variance the paper's, within five standard errors of 60,000 draws."""
    weights = INITIALISERS[name](name=name).weights(draws(), layer())
    assert weights.shape == (FAN_OUT, FAN_IN)
    assert abs(weights.mean()) < 5 * np.sqrt(variance / weights.size)
    assert weights.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / weights.size))


def test_orthogonal_weights_are_orthogonal() -> None:
    """Rows or columns, whichever are fewer, are orthonormal times the gain."""
    rule = INITIALISERS["orthogonal"](name="orthogonal", gain=3.0)
    wide = rule.weights(draws(), layer(5, 3))
    tall = rule.weights(draws(), layer(3, 5))
    np.testing.assert_allclose(wide @ wide.T, 9 * np.eye(3), atol=1e-12)
    np.testing.assert_allclose(tall.T @ tall, 9 * np.eye(3), atol=1e-12)


def test_ranges_are_kept() -> None:
    """uniform stays in [low, high), randint gives integers times scale, normal has its mean, constant its value."""
    uniform = INITIALISERS["uniform"](name="uniform", low=-2.0, high=-1.0).weights(draws(), layer())
    assert uniform.min() >= -2.0
    assert uniform.max() < -1.0
    integers = INITIALISERS["randint"](name="randint", low=0, high=11, scale=0.01).weights(draws(), layer()) / 0.01
    assert set(np.rint(integers).ravel()) == set(range(11))
    normal = INITIALISERS["normal"](name="normal", mean=7.0, std=0.0).weights(draws(), layer())
    assert (normal == 7.0).all()
    assert (INITIALISERS["constant"](name="constant", value=0.5).biases(draws(), layer()) == 0.5).all()
    assert not INITIALISERS["zeros"](name="zeros").weights(draws(), layer()).any()


def test_explicit_weights_are_fan_in_by_fan_out() -> None:
    """The matrix of a layer is written with a row for each input; a wrong shape says which was expected."""
    rule = INITIALISERS["explicit"](name="explicit", values=[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    assert rule.weights(draws(), layer(2, 3)).tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    with pytest.raises(InitialValuesError, match=r"layer 1 have the shape \(2, 3\), not \(3, 2\)"):
        rule.weights(draws(), layer(3, 2))
    with pytest.raises(InitialValuesError, match="layer 2 has no values"):
        rule.weights(draws(), layer(2, 3, index=2))
    ragged = INITIALISERS["explicit"](name="explicit", values=[[[1.0], [2.0, 3.0]]])
    with pytest.raises(InitialValuesError, match="different lengths"):
        ragged.weights(draws(), layer(2, 1))


def test_explicit_biases_are_lists() -> None:
    """The biases of a layer are a list of one number a unit."""
    rule = INITIALISERS["explicit"](name="explicit", values=[[1.0, 2.0, 3.0]])
    assert rule.biases(draws(), layer(2, 3)).tolist() == [[1.0], [2.0], [3.0]]


def test_numbers_that_are_none_are_refused() -> None:
    """NaN and unknown keys are no parameters of a rule."""
    for wrong in ({"std": float("nan")}, {"std": -1.0}, {"deviation": 1.0}):
        with pytest.raises(ValidationError):
            INITIALISERS["normal"](name="normal", **wrong)


def test_legacy_draws_are_those_of_hand_written_code() -> None:
    """With rng legacy, layers are drawn in order, W as (fan_out, fan_in) row by row, then b."""
    architecture = Architecture((2, 4, 1), (ActivationChoice("relu"), ActivationChoice("sigmoid")))
    normal = INITIALISERS["normal"](name="normal")
    uniform = INITIALISERS["uniform"](name="uniform")
    theta = initial_parameters(architecture, normal, uniform, Streams("legacy", 5, init_seed=1).init())
    random = np.random.RandomState(1)
    expected = []
    for fan_in, fan_out in ((2, 4), (4, 1)):
        w, b = random.randn(fan_out, fan_in), random.rand(fan_out)
        expected.append(np.column_stack([w, b]).ravel())
    assert np.array_equal(theta, np.concatenate(expected))


def test_whole_numbers_need_a_range() -> None:
    """A range without numbers in it is refused before anything is drawn, with both bounds."""
    with pytest.raises(ValidationError, match="the range is empty: high is 3, which is not above low, 5"):
        INITIALISERS["randint"](name="randint", low=5, high=3)
