"""The largest eigenvalue of a Hessian, against dense Hessians and matrices whose eigenvalues are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, Trained, setup

from runner.training.sharpness.gradient import BatchGradient
from runner.training.sharpness.hessian import Array, Gradient, beside, largest_eigenvalue

REGRESSION: dict[str, Any] = {**PLANAR, "dataset": {"name": "sine", "samples": 40}}
CLASSES: dict[str, Any] = {**PLANAR, "dataset": {"name": "blobs", "samples": 45}}
NETWORKS: dict[str, dict[str, Any]] = {
    "tanh and sigmoid with cross-entropy": {"network": {"hidden": [4], "activation": "tanh"}},
    "sigmoid, written by hand": {
        "network": {"hidden": [3, 3], "activation": "sigmoid"},
        "loss": {"from_logits": False},
    },
    "relu": {"network": {"hidden": [5], "activation": "relu"}},
    "leaky relu, summed": {"network": {"hidden": [4], "activation": "leaky_relu"}, "loss": {"reduction": "sum"}},
    "no bias": {"network": {"hidden": [4], "activation": "tanh", "bias": False}},
    "softplus with half squared error": {**REGRESSION, "network": {"hidden": [4], "activation": "softplus"}},
    "elu with squared error": {
        **REGRESSION,
        "network": {"hidden": [4], "activation": "elu"},
        "loss": {"name": "squared_error"},
    },
    "softmax with cross-entropy": {**CLASSES, "network": {"hidden": [3], "activation": "tanh"}},
    "softmax with squared error": {
        **CLASSES,
        "network": {"hidden": [3], "activation": "sigmoid"},
        "loss": {"name": "half_squared_error"},
    },
    "weight decay": {
        "network": {"hidden": [4], "activation": "tanh"},
        "optimizer": {"name": "sgd", "lr": 0.01, "weight_decay": 0.5},
    },
}


def gradient_of(run: Trained) -> BatchGradient:
    """The gradient of a run on all of its samples."""
    (segment,) = run.training.batches.segments(0, 1)
    gradient = BatchGradient(segment.batch, run.setup.phases)
    gradient.read_samples(lr=0.1)
    return gradient


def dense_hessian(gradient: Gradient, theta: Array, h: float = 1e-6) -> Array:
    """The Hessian (parameters, parameters) by central differences, a column a parameter."""
    columns = []
    for k in range(len(theta)):
        shift = np.zeros_like(theta)
        shift[k] = h
        columns.append((gradient(theta + shift).copy() - gradient(theta - shift)) / (2 * h))
    hessian = np.array(columns)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-6 * np.abs(hessian).max())
    return np.asarray((hessian + hessian.T) / 2)


def quadratic(*eigenvalues: float) -> tuple[Gradient, Array]:
    """The gradient of a quadratic loss with these eigenvalues, and its eigenvectors as columns, in their order."""
    rotation, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(len(eigenvalues), len(eigenvalues))))
    H = rotation @ np.diag(eigenvalues) @ rotation.T
    return lambda theta: H @ theta, rotation


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("steps", [0, 300])
def test_it_is_the_largest_eigenvalue_of_the_dense_hessian(name: str, steps: int) -> None:
    """At the start and after training, for several activations and losses, to 1e-5."""
    config = {**PLANAR, "optimizer": {"name": "sgd", "lr": 0.01}, **NETWORKS[name]}
    run = Trained(setup(config, steps=max(1, steps)))
    if steps:
        run.run()
    theta = run.theta.copy()
    gradient = gradient_of(run)
    hessian = dense_hessian(gradient, beside(theta))
    found = largest_eigenvalue(gradient, theta, tolerance=1e-6)
    assert found is not None
    assert found.converged
    assert found.eigenvalue == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-5)
    residual = np.linalg.norm(hessian @ found.vector - found.eigenvalue * found.vector)
    assert residual <= 1e-5 * found.eigenvalue


def test_a_larger_negative_eigenvalue_is_passed_over() -> None:
    """The most positive eigenvalue is found, with its vector, though a negative one is ten times its size."""
    gradient, vectors = quadratic(2.0, -20.0, 1.0, 0.5, -3.0, 0.0, 0.1)
    found = largest_eigenvalue(gradient, np.ones(7), tolerance=1e-6)
    assert found is not None
    assert found.eigenvalue == pytest.approx(2.0, rel=1e-5)
    assert abs(found.vector @ vectors[:, 0]) == pytest.approx(1.0, rel=1e-5)


def test_without_a_positive_eigenvalue_the_least_negative_is_found() -> None:
    """Where the loss curves downwards in all directions the result is below zero."""
    gradient, _ = quadratic(-1.0, -20.0, -3.0)
    found = largest_eigenvalue(gradient, np.ones(3), tolerance=1e-6)
    assert found is not None
    assert found.eigenvalue == pytest.approx(-1.0, rel=1e-5)


def test_a_flat_loss_has_sharpness_zero() -> None:
    """A gradient that is the same everywhere has the eigenvalue 0, found with one product."""
    found = largest_eigenvalue(lambda theta: np.ones_like(theta), np.ones(5))
    assert found is not None
    assert (found.eigenvalue, found.residual, found.converged, found.evaluations) == (0.0, 0.0, True, 2)


def test_a_true_eigenvalue_lies_within_the_residual() -> None:
    """However few products were made, the residual bounds the distance to the nearest eigenvalue."""
    eigenvalues = np.linspace(-3.0, 5.0, 40)
    gradient, _ = quadratic(*eigenvalues)
    for products in (1, 2, 3, 5, 8, 13):
        found = largest_eigenvalue(gradient, np.ones(40), products=products, tolerance=1e-9)
        assert found is not None
        assert not found.converged
        assert found.evaluations == products + 1
        assert np.abs(eigenvalues - found.eigenvalue).min() <= found.residual


def test_a_good_start_saves_gradients() -> None:
    """From the vector of a measurement nearby the same tolerance is reached with fewer evaluations."""
    eigenvalues = np.linspace(0.0, 5.0, 60) ** 2
    gradient, _ = quadratic(*eigenvalues)
    first = largest_eigenvalue(gradient, np.ones(60), tolerance=0.01)
    assert first is not None
    again = largest_eigenvalue(gradient, 1.1 * np.ones(60), first.vector, tolerance=0.01)
    assert again is not None
    assert again.converged
    assert again.evaluations < first.evaluations / 2
    assert again.eigenvalue == pytest.approx(25.0, rel=1e-3)


def test_another_eigenvalue_that_overtakes_is_noticed() -> None:
    """A start at an eigenvector, from which no product leads away, does not hide that another is the largest now."""
    eigenvalues = np.array([1.0, 10.0, 0.5, 0.2, 0.1, 0.0])
    found = largest_eigenvalue(lambda theta: eigenvalues * theta, np.ones(6), np.eye(6)[0], tolerance=0.05)
    assert found is not None
    assert found.eigenvalue == pytest.approx(10.0, rel=0.01)


def test_a_kink_right_at_the_parameters_is_no_curvature() -> None:
    """ReLU units that are exactly 0 for a sample (inputs and biases 0) don't make the sharpness a million."""
    run = Trained(setup({**PLANAR, "dataset": {"name": "xor"}, "network": {"hidden": [8], "activation": "relu"}}))
    found = largest_eigenvalue(gradient_of(run), run.theta, tolerance=1e-4)
    assert found is not None
    assert 0.0 < found.eigenvalue < 10.0


@pytest.mark.parametrize("scale", [1e-200, 1e-8, 1e8, 1e200])
def test_the_size_of_the_gradient_does_not_matter(scale: float) -> None:
    """A loss times a factor has its eigenvalue times that factor, also where squares leave the range."""
    gradient, _ = quadratic(3.0, 1.0, -0.5)
    found = largest_eigenvalue(lambda theta: scale * gradient(theta), np.ones(3), tolerance=1e-6)
    assert found is not None
    assert found.eigenvalue == pytest.approx(3.0 * scale, rel=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nothing_is_said_where_gradients_are_not_finite(bad: float) -> None:
    """NaN and infinity give None; so do parameters that are not finite."""
    assert largest_eigenvalue(lambda theta: bad * theta, np.ones(4)) is None
    gradient, _ = quadratic(2.0, 1.0)
    assert largest_eigenvalue(gradient, np.array([bad, 1.0])) is None
