"""Naming the mistake: which faults, put into the right network, compute what a network under suspicion computes.

Loss and gradient are compared at several random parameter sets and numbers of samples, in calls one after the other,
so that what looks alike at one point comes apart. A mistake is reproduced to the last digits or it isn't the answer.
Rejected: scores from features of the gradient (its ratio, its pattern): they rank, but name nothing with certainty.

The network under suspicion is known by its two functions alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import random_parameters
from runner.diagnosis.gradients.hypotheses import Choices, generality, single_faults, texts, tie_order
from runner.diagnosis.gradients.mistake import GradientMistake, mistake_of
from runner.diagnosis.gradients.replays import RecordedCall
from runner.diagnosis.gradients.search import TOLERANCE, Suspect, at_fitted_rates, fitted_to
from runner.diagnosis.gradients.several import several_for
from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.fault import Context
from runner.network.faults.placement import place
from runner.subjects.complaint import BlackBoxError

Array = NDArray[np.float64]
Loss = Callable[[Array, Array, Array], float]
Gradient = Callable[[Array, Array, Array], Array]

# A residual within ten times of the best, or below this share of what is tolerated, reproduces the numbers as well
# as any.
_FLOOR = 1e-2
# Samples of a trial: enough to tell samples from units, and cheap.
_SAMPLES = 12


def name_causes(
    loss: Loss,
    gradient: Gradient,
    context: Context,
    X: Array,
    Y: Array,
    *,
    lr: float = 0.0,
    budget: float = 5.0,
    seed: int = 0,
) -> list[GradientMistake]:
    """The mistakes that explain how loss and gradient differ from those of the network that `context` describes.

    `loss(theta, X, Y)` and `gradient(theta, X, Y)` take flat parameters (parameters,), samples X (n, features) and
    targets Y (n, outputs), and may remember earlier calls; X and Y here are samples to take trials from. Empty where
    nothing that costs no more than `budget` explains it, in seconds of a usual machine, or where there is nothing to
    explain.
    """
    trials = _record(loss, gradient, context, X, Y, np.random.default_rng(seed))
    context = replace(context, batch_sizes=_sizes(context, trials))
    suspect = Suspect(trials, context, lr)
    if not suspect.usable or suspect.residual(()) <= TOLERANCE:
        return []

    def affordable(hypothesis: Hypothesis | None = None) -> bool:
        return suspect.replays.cost < budget

    for wave in _waves(suspect):
        found = _good(itertools.takewhile(affordable, wave), context)
        if found:
            return _causes(found, context)
        if not affordable():
            break
    return []


Hypothesis = tuple[Suspect, Choices]


@dataclass(frozen=True)
class Found:
    """Faults that reproduce what was recorded, with the residual."""

    choices: Choices
    residual: float


def _waves(suspect: Suspect) -> Iterator[Iterable[Hypothesis]]:
    """One fault; then two and more, the likely ones first."""
    singles = list(single_faults(suspect.context))
    yield itertools.chain(((suspect, single) for single in singles), _fitted(suspect))
    yield from several_for(suspect, singles)


def _fitted(suspect: Suspect) -> Iterator[Hypothesis]:
    yield from ((suspect, choices) for choices in fitted_to(suspect, ()))
    yield from at_fitted_rates(suspect, ())


def _record(
    loss: Loss, gradient: Gradient, context: Context, X: Array, Y: Array, rng: np.random.Generator
) -> list[RecordedCall]:
    """What the network under suspicion gives; on as many samples as there are where it takes no other number."""
    n = min(len(X), _SAMPLES)
    few = n // 2 + 1 if n > 2 else n + 1
    try:
        return [_trial(loss, gradient, context, X, Y, size, rng) for size in (few, n, n + 3, few, n)]
    except BlackBoxError:
        return [_trial(loss, gradient, context, X, Y, len(X), rng) for _ in range(5)]


def _trial(
    loss: Loss, gradient: Gradient, context: Context, X: Array, Y: Array, size: int, rng: np.random.Generator
) -> RecordedCall:
    chosen = rng.permutation(np.resize(rng.permutation(len(X)), size))
    std = X.std(axis=0) if len(X) > 1 else np.abs(X[0])
    inputs = X[chosen] + 0.1 * np.where(std > 0, std, 1.0) * rng.normal(size=(size, X.shape[1]))
    theta = random_parameters(context.architecture, inputs, rng)
    targets = Y[chosen]
    return RecordedCall(theta, inputs, targets, loss(theta, inputs, targets), gradient(theta, inputs, targets))


def _sizes(context: Context, trials: Sequence[RecordedCall]) -> tuple[int, ...]:
    """The usual number of samples first, then those of the trials."""
    return tuple(dict.fromkeys([*context.batch_sizes[:1], *(len(trial.X) for trial in trials)]))


def _good(hypotheses: Iterable[Hypothesis], context: Context) -> list[Found]:
    """Those that reproduce the numbers as well as the best does, and whose names say most."""
    known: dict[frozenset[FaultChoice], Found] = {}
    apart: dict[frozenset[FaultChoice], Found] = {}
    for suspect, choices in hypotheses:
        residual, where = suspect.residual(choices), known
        if len(choices) == 2 and not known and not residual <= TOLERANCE:
            residual, where = suspect.residual_apart(choices[:1], choices[1:]), apart
        if residual <= TOLERANCE:
            where.setdefault(frozenset(choices), Found(choices, residual))
    known = known or apart
    best = min((one.residual for one in known.values()), default=0.0)
    least = min((generality(one.choices, context) for one in known.values()), default=0)
    kept = [
        one
        for one in known.values()
        if one.residual <= max(_FLOOR * TOLERANCE, 10 * best) and generality(one.choices, context) == least
    ]
    return sorted(kept, key=lambda one: (len(one.choices), tie_order(one.choices, context)))


def _causes(found: Sequence[Found], context: Context) -> list[GradientMistake]:
    best, *others = found
    ties = [texts(one.choices) for one in others]
    network = place(best.choices, context)
    return [mistake_of(choice, best.residual, ties, network) for choice in best.choices]
