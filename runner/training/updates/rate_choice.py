"""The learning rate that `optimizer.lr: auto` stands for: one that suits the network and its data at the start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from runner.datasets import Split
from runner.errors import Problem, UserError
from runner.network.architecture import Architecture
from runner.network.dropout import use_fixed_masks
from runner.network.inference import columns
from runner.network.ops import Array
from runner.network.program import Phase
from runner.network.workspace import Workspace, run
from runner.settings import Settings
from runner.settings.optimizer import GradientSettings, SGDSettings
from runner.threads import one_blas_thread
from runner.training.network import Network
from runner.training.sharpness.hessian import largest_eigenvalue
from runner.training.sharpness.limit import stability_limit

# Samples that stand for the training data, batches that stand for all, products of the Hessian with a vector: more
# than enough for two digits.
_MOST_SAMPLES, _BATCHES, _PRODUCTS, _TOLERANCE = 1024, 8, 20, 0.01
# The share of the limit: the curvature usually grows in the first steps (Cohen et al. 2021).
_SHARE = 0.5
# No larger rate is chosen: where the loss is nearly flat, at the start alone, its limit says little.
_LARGEST = 1.0


@dataclass(frozen=True)
class RateChoice:
    """A learning rate, and why it was chosen; `limit` is the stability limit at the start where it was measured."""

    rate: float
    limit: float | None
    reason: str

    def __str__(self) -> str:
        return f"{self.rate:g} (auto: {self.reason})"


def choose_rate(settings: Settings, network: Network, part: Split, initial: Array) -> RateChoice:
    """The rate for a network that starts at `initial` (parameters,), on the training split `part`.

    Gradient descent: half the largest rate that is stable at the start, of mini-batches on the worst of some, rounded
    down to two digits; clipping only makes steps smaller and is left out. With momentum b what a gradient adds to all
    later steps is 1 / (1 - b) times its first step, and the rate is as much smaller: the limit of momentum is only
    reached where the gradient changes its sign at each step. Other optimisers: the usual rate.
    """
    optimizer = settings.optimizer
    assert isinstance(optimizer, GradientSettings)
    if not isinstance(optimizer, SGDSettings):
        return RateChoice(optimizer.usual_rate, None, f"the usual rate of {optimizer.name}")
    with one_blas_thread():
        sharpest = max(_eigenvalues(settings, network, part, initial), default=math.nan)
    limit = stability_limit(optimizer.model_copy(update={"clip_norm": None}), sharpest)
    if limit is None or math.isnan(sharpest):
        return RateChoice(optimizer.usual_rate, None, "the usual rate; the loss is not finite at the start")
    share, largest = _share(optimizer), _rounded_down(_LARGEST * (1.0 - optimizer.momentum))
    if share * limit >= largest:
        return RateChoice(largest, limit if math.isfinite(limit) else None, f"at most {largest:g}")
    reason = f"{'half' if share == _SHARE else f'{share:.2g} times'} the stability limit of {limit:.2g} at the start"
    if optimizer.momentum:
        reason += f", since momentum adds up to {1.0 / (1.0 - optimizer.momentum):.3g} steps"
    return RateChoice(_rounded_down(share * limit), limit, reason)


def _share(optimizer: SGDSettings) -> float:
    """The share of the limit to take; as (1 - b^2) / eigenvalue with Nesterov's momentum, whose limit is lower, too."""
    b = optimizer.momentum
    return _SHARE * (1.0 - b) * (1.0 + 2.0 * b if optimizer.nesterov else 1.0)


def with_rate(settings: Settings, rate: float) -> Settings:
    """The settings with a number as learning rate; `UserError` where it is not above the lowest of a schedule."""
    optimizer = settings.optimizer.model_copy(update={"lr": rate})
    lowest = getattr(getattr(optimizer, "schedule", None), "min_lr", 0.0)
    if lowest >= rate:
        message = f"must be less than the learning rate, and auto makes that {rate:g}"
        raise UserError(Problem("optimizer.schedule.min_lr", message, given=lowest))
    return settings.model_copy(update={"optimizer": optimizer})


def _eigenvalues(settings: Settings, network: Network, part: Split, initial: Array) -> Iterator[float]:
    program = network.with_update(network.program(), settings.optimizer)
    for rows in _samples(len(part.X), settings.batch_size):
        workspace = Workspace(network.layout, program)
        np.copyto(workspace.theta, initial)
        X, Y = part.X[rows].astype(np.float64), part.Y[rows].astype(np.float64)
        batch = workspace.batch(*columns(X, Y, network.layout.bias))
        run(batch.calls(Phase.BATCH))
        if isinstance(network.layout, Architecture):
            use_fixed_masks(batch)
        gradient = network.gradient_elsewhere(batch)
        gradient.read_samples(0.0)
        found = largest_eigenvalue(gradient, workspace.theta, products=_PRODUCTS, tolerance=_TOLERANCE)
        if found is not None:
            yield found.eigenvalue


def _samples(count: int, batch_size: int | None) -> Iterator[Array]:
    """The numbers of the samples to measure on: spread over all; with mini-batches, those of some batches as well."""
    yield np.unique(np.linspace(0, count - 1, min(count, _MOST_SAMPLES)).astype(np.int64))
    if batch_size is not None and batch_size < count:
        order = np.random.default_rng(0).permutation(count)
        for start in range(0, min(count - batch_size + 1, _BATCHES * batch_size), batch_size):
            yield order[start : start + batch_size][:_MOST_SAMPLES]


def _rounded_down(value: float) -> float:
    """The value with two digits."""
    power = math.floor(math.log10(value)) - 1
    return float(f"{math.floor(value / 10.0**power + 1e-9)}e{power}")
