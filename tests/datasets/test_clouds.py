"""Clouds of points against independent formulas and their statistics."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from shipped import loaded


def test_planar_in_legacy_draws():
    """With rng=legacy and seed 1 the flower is bit for bit that of numpy.random.seed(1) and randn."""
    source = np.random.RandomState(1)
    X = np.zeros((400, 2))
    for label in (0, 1):
        theta = np.linspace(label * 3.12, (label + 1) * 3.12, 200) + source.randn(200) * 0.2
        rho = 4 * np.sin(4 * theta) + source.randn(200) * 0.2
        X[200 * label : 200 * (label + 1)] = np.stack([rho * np.sin(theta), rho * np.cos(theta)], axis=1)
    train = loaded("planar", rng="legacy", seed=1).train
    assert train.X.tobytes() == X.tobytes()
    assert train.Y.ravel().tolist() == [0.0] * 200 + [1.0] * 200


def test_planar_without_noise_lies_on_the_flower():
    """Without noise every point's distance from the middle is |radius sin(petals t)| of its own angle."""
    X = loaded("planar", noise=0.0, petals=3, radius=2.0, samples=100).train.X
    angles = np.concatenate([np.linspace(0, 3.12, 50), np.linspace(3.12, 6.24, 50)])
    np.testing.assert_allclose(np.hypot(*X.T), np.abs(2 * np.sin(3 * angles)), atol=1e-13)


@pytest.mark.parametrize("name", ["planar", "circles"])
def test_odd_numbers_of_points(name: str):
    """An odd number of points is shared as equally as it can be."""
    Y = loaded(name, samples=7).train.Y.ravel()
    assert Y.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_circles():
    """The rings have their radii, and the noise its deviation around them."""
    exact = loaded("circles", noise=0.0, factor=0.3).train
    np.testing.assert_allclose(np.hypot(*exact.X.T), np.where(exact.Y.ravel() == 0, 1.0, 0.3), rtol=1e-12)
    noisy = loaded("circles", noise=0.2, factor=0.3, samples=400).train
    assert np.std(noisy.X - exact.X) == pytest.approx(0.2, rel=0.1)


def test_blobs_with_shares():
    """Each class has its share of the points, rounded; shares that are no shares are refused."""
    data = loaded("blobs", samples=1000, classes=3, shares=[0.9, 0.07, 0.03])
    assert data.train.Y.sum(axis=0).tolist() == [900, 70, 30]
    alike = loaded("blobs", samples=30, classes=3, shares=[1 / 3, 1 / 3, 1 / 3])
    assert alike.digest == loaded("blobs", samples=30, classes=3).digest
    for shares, message in (([0.5, 0.5], "there are 3 classes"), ([0.5, 0.3, 0.1], "must sum to 1")):
        with pytest.raises(ValidationError, match=message):
            loaded("blobs", classes=3, shares=shares)


def test_blobs():
    """Every class has its share of the points around a centre within the box, with the deviation asked for."""
    data = loaded("blobs", samples=4000, classes=4, features=3, spread=0.5, box=20.0, standardize="none")
    labels = data.train.Y.argmax(axis=1)
    assert np.bincount(labels).tolist() == [1000] * 4
    centres = np.array([data.train.X[labels == label].mean(axis=0) for label in range(4)])
    assert np.abs(centres).max() < 20.1
    assert np.std(data.train.X - centres[labels], axis=0) == pytest.approx([0.5] * 3, rel=0.05)


def test_random_integers():
    """Inputs are the integers of the range, and each label is a fair coin that knows nothing of the other."""
    train = loaded("random_integers", samples=4000).train
    assert set(np.unique(train.X)) == {float(i) for i in range(21)}
    assert train.Y.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.03)
    assert np.corrcoef(train.Y.T)[0, 1] == pytest.approx(0.0, abs=0.05)


def test_random_integers_with_classes():
    """With `classes` every sample has exactly one class, all equally likely."""
    data = loaded("random_integers", samples=3000, classes=3)
    assert data.task == "classes"
    assert (data.train.Y.sum(axis=1) == 1).all()
    assert data.train.Y.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.04)
