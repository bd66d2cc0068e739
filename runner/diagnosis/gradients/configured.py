"""The gradient check of a configured network: where it is looked at, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Computation, Perturbed, random_parameters
from runner.diagnosis.gradients.gradient_check import LARGE, MANY, USUAL, ArrayCheck, check_gradient, worst_of
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.naming import name_causes
from runner.diagnosis.gradients.patterns import pattern_of_all
from runner.diagnosis.gradients.result import CheckResult, sentence_of
from runner.network.arrays import arrays_of
from runner.network.faults.fault import Context
from runner.network.faults.placement import Placement
from runner.threads import one_blas_thread
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.recorder import history_columns
from runner.training.setup import Setup
from runner.training.stopping import Interruption

Array = NDArray[np.float64]

MOST_SAMPLES = 128
TRAINED_STEPS = 20


@dataclass(frozen=True)
class CheckedPoint:
    """Where the gradient is checked: parameters, samples, targets."""

    name: str
    theta: Array
    X: Array
    Y: Array


def check_setup(setup: Setup) -> CheckResult:
    """Check the gradients of a configured network in float64, and name the mistake where they are wrong.

    Looked at are the initial parameters, these moved at random, and those after some steps of training.
    """
    with one_blas_thread():
        lr = setup.settings.optimizer.lr
        points, left_out = _finite_points(setup)
        checks = _checked(setup.placement, points, lr)
        arrays = worst_of(checks) if checks else ()
        passed = bool(arrays) and all(array.passed for array in arrays)
        without = None
        if setup.placement.context.weight_decay and points:
            without = all(array.passed for checks in _checked(setup.placement, points, lr, False) for array in checks)
        causes: list[GradientMistake] = []
        if arrays and not passed:
            causes = _causes(setup.placement, points[0], lr, setup.settings.diagnosis.budget)
    pattern = pattern_of_all(arrays)
    return CheckResult(
        passed=passed,
        sentence=sentence_of(arrays, pattern, causes, without),
        pattern=pattern,
        arrays=arrays,
        causes=tuple(causes),
        points=tuple(point.name for point in points),
        left_out=tuple(left_out),
        passed_without_decay=without,
    )


def _checked(
    network: Placement, points: Sequence[CheckedPoint], lr: float, weight_decay: bool = True
) -> list[list[ArrayCheck]]:
    computation = Computation(network, lr, weight_decay=weight_decay)
    architecture, rng = network.context.architecture, np.random.default_rng(0)
    demands = LARGE if architecture.parameter_count > MANY else USUAL
    checks = []
    for point in points:
        supplied = computation.gradient(point.theta, point.X, point.Y)
        sides = Perturbed(network, point.theta, point.X, point.Y, weight_decay=weight_decay)
        checks.append(check_gradient(arrays_of(architecture), point.theta, supplied, sides, point.name, rng, demands))
    return checks


def _causes(network: Placement, point: CheckedPoint, lr: float, budget: float) -> list[GradientMistake]:
    """What naming finds out from the two functions alone."""
    suspect = Computation(network, lr)
    healthy = network.context
    return name_causes(suspect.loss, suspect.gradient, healthy, point.X, point.Y, lr=lr, budget=budget)


def _finite_points(setup: Setup) -> tuple[list[CheckedPoint], list[str]]:
    computation = Computation(setup.placement, setup.settings.optimizer.lr)
    points, left_out = [], []
    for point in _points(setup):
        finite = np.isfinite(point.theta).all() and np.isfinite(computation.loss(point.theta, point.X, point.Y))
        if finite:
            points.append(point)
        else:
            left_out.append(point.name)
    return points, left_out


def _points(setup: Setup) -> Iterator[CheckedPoint]:
    part = setup.dataset.train
    sizes = [_samples(setup.placement, size, len(part.X)) for size in setup.placement.context.batch_sizes]
    X, Y = part.X[: sizes[0]].astype(np.float64), part.Y[: sizes[0]].astype(np.float64)
    initial = setup.initial.astype(np.float64)
    moved = initial + 0.3 * random_parameters(setup.architecture, X, np.random.default_rng(1))
    steps = min(TRAINED_STEPS, setup.steps)
    yield CheckedPoint("the initial parameters", initial, X, Y)
    yield CheckedPoint("these moved at random", moved, X, Y)
    if sizes[-1] != sizes[0]:
        yield CheckedPoint(
            "these moved, on the smaller batch at the end of an epoch", moved, X[: sizes[-1]], Y[: sizes[-1]]
        )
    yield CheckedPoint(f"those after {steps} steps", _trained(setup, steps), X, Y)


def _samples(network: Placement, size: int, most: int) -> int:
    """How many samples stand for a batch: no more than needed, but all where a fault can act on no fewer."""
    few = min(size, MOST_SAMPLES, most)
    context: Context = replace(network.context, batch_sizes=(few,))
    acts = all(
        one.fault.refuses(context, context.layer(layer), one.value) is None
        for one in network.placed
        for layer in one.layers
    )
    return few if acts else min(size, most)


def _trained(setup: Setup, steps: int) -> Array:
    ready = replace(setup, steps=steps)
    training = Training(ready, History(history_columns(setup.watch)), lambda event: None, Listener(), None)
    training.run(Interruption())
    return training.workspace.theta.astype(np.float64)
