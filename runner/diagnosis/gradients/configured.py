"""The gradient check of a configured network: where it is looked at, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Computation, Perturbed, random_parameters
from runner.diagnosis.gradients.gradient_check import LARGE, MANY, USUAL, ArrayCheck, Demands, check_gradient
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.naming import name_causes
from runner.diagnosis.gradients.patterns import pattern_of_all
from runner.diagnosis.gradients.result import CheckResult, sentence_of
from runner.diagnosis.gradients.under_test import look
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
class CheckedAt:
    """Where the gradient is checked: parameters, samples, targets."""

    theta: Array
    X: Array
    Y: Array


class ConfiguredNetwork:
    """A configured network with its faults, in float64; a `NetworkUnderTest`.

    Mistakes are looked for on the samples `X` and `Y`, for `budget` seconds. Without `penalties` those on the weights
    are in neither loss nor gradient.
    """

    def __init__(
        self,
        network: Placement,
        X: Array,
        Y: Array,
        lr: float,
        budget: float,
        demands: Demands,
        *,
        penalties: bool = True,
    ) -> None:
        self._network, self._X, self._Y, self._lr, self._budget = network, X, Y, lr, budget
        self._demands, self._penalties, self._rng = demands, penalties, np.random.default_rng(0)
        self._computation = Computation(network, lr, penalties=penalties)

    def is_finite(self, at: CheckedAt) -> bool:
        """Whether parameters and loss are finite there."""
        return bool(np.isfinite(at.theta).all() and np.isfinite(self._computation.loss(at.theta, at.X, at.Y)))

    def checks(self, at: CheckedAt, point: str) -> list[ArrayCheck]:
        """Against extrapolated differences, kinks set apart."""
        supplied = self._computation.gradient(at.theta, at.X, at.Y)
        sides = Perturbed(self._network, at.theta, at.X, at.Y, penalties=self._penalties)
        arrays = arrays_of(self._network.context.architecture)
        return check_gradient(arrays, at.theta, supplied, sides, point, self._rng, self._demands)

    def causes(self) -> list[GradientMistake]:
        """What naming finds out from the two functions alone."""
        suspect, context = Computation(self._network, self._lr), self._network.context
        return name_causes(suspect.loss, suspect.gradient, context, self._X, self._Y, lr=self._lr, budget=self._budget)


def check_setup(setup: Setup) -> CheckResult:
    """Check the gradients of a configured network in float64, and name the mistake where they are wrong.

    Looked at are the initial parameters, these moved at random, and those after some steps of training.
    """
    with one_blas_thread():
        points = list(_points(setup))
        looked = look(_under_test(setup, points[0][1]), points)
        without, causes = None, list[GradientMistake]()
        if setup.placement.context.has_penalties and looked.points:
            finite = [(name, at) for name, at in points if name in looked.points]
            without = look(_under_test(setup, points[0][1], penalties=False), finite).right
        if looked.arrays and not looked.right:
            at = dict(points)[looked.points[0]]
            causes = _under_test(setup, at).causes()
    pattern = pattern_of_all(looked.arrays)
    return CheckResult(
        passed=looked.right,
        sentence=sentence_of(looked.arrays, pattern, causes, without),
        pattern=pattern,
        arrays=looked.arrays,
        causes=tuple(causes),
        points=looked.points,
        left_out=looked.left_out,
        passed_without_decay=without,
        network=str(setup.architecture),
        loss=setup.loss,
    )


def _under_test(setup: Setup, at: CheckedAt, *, penalties: bool = True) -> ConfiguredNetwork:
    demands = LARGE if setup.architecture.parameter_count > MANY else USUAL
    lr, budget = setup.settings.optimizer.rate, setup.settings.diagnosis.budget
    return ConfiguredNetwork(setup.placement, at.X, at.Y, lr, budget, demands, penalties=penalties)


def _points(setup: Setup) -> Iterator[tuple[str, CheckedAt]]:
    part = setup.dataset.train
    sizes = [_samples(setup.placement, size, len(part.X)) for size in setup.placement.context.batch_sizes]
    X, Y = part.X[: sizes[0]].astype(np.float64), part.Y[: sizes[0]].astype(np.float64)
    initial = setup.initial.astype(np.float64)
    moved = initial + 0.3 * random_parameters(setup.architecture, X, np.random.default_rng(1))
    steps = min(TRAINED_STEPS, setup.steps)
    yield "the initial parameters", CheckedAt(initial, X, Y)
    yield "these moved at random", CheckedAt(moved, X, Y)
    if sizes[-1] != sizes[0]:
        smaller = CheckedAt(moved, X[: sizes[-1]], Y[: sizes[-1]])
        yield "these moved, on the smaller batch at the end of an epoch", smaller
    yield f"those after {steps} steps", CheckedAt(_trained(setup, steps), X, Y)


def _samples(network: Placement, size: int, most: int) -> int:
    """How many samples stand for a batch: no more than needed, but all where a fault can act on no fewer."""
    few = min(size, MOST_SAMPLES, most)
    context: Context = replace(network.context, batch_sizes=(few,))
    acts = all(
        one.fault.refusal(context, context.layer(layer), one.value) is None
        for one in network.placed
        for layer in one.layers
    )
    return few if acts else min(size, most)


def _trained(setup: Setup, steps: int) -> Array:
    ready = replace(setup, steps=steps)
    training = Training(ready, History(history_columns(setup)), lambda event: None, Listener(), None)
    training.run(Interruption())
    return training.workspace.theta.astype(np.float64)
