"""The functions of one x."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from shipped import composed, loaded, refused

from runner.datasets import FAMILIES


def test_x_plus_one_in_legacy_draws():
    """With rng=legacy the x are the integers that numpy.random.randint gives one by one after seeding."""
    source = np.random.RandomState(7)
    expected = [source.randint(0, 1000) for _ in range(1000)]
    train = loaded("x_plus_one", rng="legacy", seed=7, standardize="none").train
    assert train.X.ravel().tolist() == expected
    assert (train.Y == train.X + 1).all()


def test_x_plus_one_range():
    """Integers cover the range from low, included, to high, excluded; real numbers are not integers."""
    integers = loaded("x_plus_one", low=-2, high=2, standardize="none").train.X
    assert set(integers.ravel()) == {-2.0, -1.0, 0.0, 1.0}
    real = loaded("x_plus_one", low=-2.5, high=2, integers=False, standardize="none").train.X
    assert -2.5 <= real.min() < -2.4
    assert 1.9 < real.max() < 2.0
    assert (real % 1 != 0).any()


@pytest.mark.parametrize("bound", [{"low": 0.5}, {"high": 1e60}])
def test_integers_need_integer_bounds(bound: dict[str, float]):
    """Integers between fractions, or beyond what float64 counts exactly, are refused."""
    with pytest.raises(ValidationError, match="integers are drawn between integers"):
        FAMILIES["x_plus_one"].model_validate(composed("x_plus_one", **bound))


def test_numbers_of_another_range_to_test_on():
    """With test_range as many further samples are held out, of the same function and scaled like the others."""
    plain, data = loaded("x_plus_one"), loaded("x_plus_one", test_range=[0, 10080])
    np.testing.assert_array_equal(data.train.X, plain.train.X)
    assert data.test is not None
    x, y = data.scaling.input_mean + data.test.X * data.scaling.input_scale, data.scaling.outputs(data.test.Y)
    np.testing.assert_allclose(y, x + 1)
    assert len(x) == 1000
    assert 0 <= x.min() < 100
    assert 9_900 < x.max() < 10_080


@pytest.mark.parametrize("name", ["sign", "sine", "formula"])
def test_every_function_can_be_tested_elsewhere(name: str):
    """The numbers to test on lie in test_range, not between low and high."""
    data = loaded(name, test_range=[5, 6], standardize="none")
    assert data.test is not None
    assert data.test.X.min() >= 5
    assert data.train.X.max() < 5


@pytest.mark.parametrize(
    ("test_range", "message"),
    [([3, 3], "range is empty"), ([0, 0.5], r"test_range\[1\] is 0.5"), ([1], "missing"), ("0, 1", "tuple")],
)
def test_a_test_range_is_two_numbers(test_range: object, message: str):
    """An empty range, a fraction where integers are drawn, or anything but two numbers is refused."""
    with pytest.raises(ValidationError, match=message):
        FAMILIES["x_plus_one"].model_validate(composed("x_plus_one", test_range=test_range))


def test_sign():
    """The label is 1 exactly where x is positive, and both signs are about equally frequent."""
    train = loaded("sign", samples=1000).train
    assert ((train.X > 0) == (train.Y == 1)).all()
    assert 0.4 < train.Y.mean() < 0.6


def test_sine():
    """Without noise y is sin(x) over the whole period."""
    train = loaded("sine", standardize="none", samples=1000).train
    np.testing.assert_array_equal(train.Y, np.sin(train.X))
    assert train.X.min() < -3.1
    assert train.X.max() > 3.1


@pytest.mark.parametrize("name", ["sine", "formula"])
def test_noise(name: str):
    """Noise has the standard deviation asked for and leaves the x as they were."""
    clean, noisy = (loaded(name, standardize="none", samples=5000, noise=noise).train for noise in (0.0, 0.3))
    np.testing.assert_array_equal(clean.X, noisy.X)
    assert np.std(noisy.Y - clean.Y) == pytest.approx(0.3, rel=0.05)
    assert np.mean(noisy.Y - clean.Y) == pytest.approx(0.0, abs=0.02)


def test_formula():
    """The targets are the formula of the inputs."""
    train = loaded("formula", formula="3*x**4 - sin(x)", standardize="none").train
    np.testing.assert_allclose(train.Y, 3 * train.X**4 - np.sin(train.X), rtol=1e-14)


def test_formula_may_be_a_number():
    """YAML's 3 is a constant formula; true is none."""
    assert (loaded("formula", formula=3, standardize="none").train.Y == 3.0).all()
    with pytest.raises(ValidationError, match="formula"):
        FAMILIES["formula"].model_validate(composed("formula", formula=True))


@pytest.mark.parametrize("formula", ["log(x)", "1/(x - x)", "9**9**9 * x", "sqrt(x)"])
def test_undefined_formula(formula: str):
    """A formula that is not finite on the range is refused, with an x where it is not."""
    [problem] = refused("formula", formula=formula)
    assert problem.path == "dataset.formula"
    assert problem.message.startswith("not a finite number at x = ")
    assert problem.given == formula


def test_unreadable_formula_is_a_validation_error():
    """A formula that can't be read is refused before anything is loaded, with the nearest name."""
    with pytest.raises(ValidationError, match="unknown function 'sinn' at position 5; did you mean 'sin'"):
        FAMILIES["formula"].model_validate(composed("formula", formula="1 + sinn(x)"))
