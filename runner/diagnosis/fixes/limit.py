"""The largest learning rate with which a run is stable, from the sharpness of its loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.fixes.changes import Fix, amended
from runner.diagnosis.gradients.computation import Computation
from runner.errors import UserError
from runner.network.inference import columns
from runner.training.setup import Setup, prepare
from runner.training.sharpness.hessian import largest_eigenvalue
from runner.training.sharpness.limit import stability_limit

Array = NDArray[np.float64]

# Samples that stand for the batch, and products of the Hessian with a vector: three digits are more than enough.
_MOST_SAMPLES, _PRODUCTS, _TOLERANCE = 1024, 20, 0.01
# Of the optimisers that divide by the gradient's own size: a step of this share of the parameters is a large one
# (TheDeepChecker's upper bound on update / weight).
LARGE_STEP = 0.1
# A limit below TINY is no rate for anybody where steps at it change less than this share of the parameters: half of the
# digits of a double. (A tiny one with huge gradients is: raw inputs of 500 have 2e-9.)
TINY = 1e-8


def is_of_use(limit: float, gradient: float, size: float) -> bool:
    """Whether a step at a limit changes parameters of a norm `size`; `gradient` is the norm of the gradient there."""
    return limit >= TINY or limit * gradient >= TINY * size


def limit_at(setup: Setup, theta: Array) -> float | None:
    """The largest stable learning rate at parameters (parameters,); None where there is none, or none of use."""
    optimizer = setup.settings.optimizer
    if stability_limit(optimizer, 1.0) is None or not np.isfinite(theta).all():
        return None
    if not setup.is_ours:
        return _limit_of_theirs(setup, theta)
    samples = slice(min(setup.placement.context.batch_sizes[0], _MOST_SAMPLES))
    part = setup.dataset.train
    X, Y = part.X[samples].astype(np.float64), part.Y[samples].astype(np.float64)
    gradient, at = Computation(setup.placement, optimizer.rate).gradient_on(X, Y), theta.astype(np.float64)
    found = largest_eigenvalue(gradient, at, products=_PRODUCTS, tolerance=_TOLERANCE)
    limit = None if found is None else stability_limit(optimizer, found.eigenvalue)
    if limit is None or not np.isfinite(limit):
        return None
    with np.errstate(all="ignore"):
        return limit if is_of_use(limit, float(np.linalg.norm(gradient(at))), float(np.linalg.norm(at))) else None


def _limit_of_theirs(setup: Setup, theta: Array) -> float | None:
    """The same by differences of the gradients of somebody's own network."""
    if not setup.network.gradient_changes_nothing:
        return None
    part, count = setup.dataset.train, min(setup.settings.batch_size or _MOST_SAMPLES, _MOST_SAMPLES)
    batch = setup.workspace().batch(*columns(part.X[:count], part.Y[:count], setup.layout.bias))
    gradient = setup.network.gradient_elsewhere(batch)
    found = largest_eigenvalue(gradient, theta, products=_PRODUCTS, tolerance=_TOLERANCE)
    limit = None if found is None else stability_limit(setup.settings.optimizer, found.eigenvalue)
    return limit if limit is not None and np.isfinite(limit) else None


def limit_with(setup: Setup, fix: Fix) -> float | None:
    """The limit at the initial parameters of the changed configuration."""
    settings = amended(setup.configured, fix)
    if settings is None:
        return None
    try:
        changed = prepare(settings)
    except UserError:
        return None
    limit = limit_at(changed, changed.initial)
    changed.network.close()
    return limit


def below(limit: float) -> float:
    """A rate well inside a limit, as a round number: half of it, rounded down to one digit."""
    power = 10.0 ** np.floor(np.log10(limit / 2))
    return float(np.floor(limit / 2 / power + 1e-9) * power)
