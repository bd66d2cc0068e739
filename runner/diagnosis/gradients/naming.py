"""Naming the mistake: which faults, put into the right network, compute what a network under suspicion computes.

Loss and gradient are compared at several random parameter sets and numbers of samples, in calls one after the other,
so that what looks alike at one point comes apart. A mistake is reproduced to the last digits or it isn't the answer.
Rejected: scores from features of the gradient (its ratio, its pattern): they rank, but name nothing with certainty.

The network under suspicion is known by its two functions alone.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import random_parameters
from runner.diagnosis.gradients.hypotheses import Choices, generality, single_faults, specificity, texts
from runner.diagnosis.gradients.search import Suspect, Trial, fitted_to, several_for
from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.fault import Context
from runner.network.faults.placement import Placement, place

Array = NDArray[np.float64]
Loss = Callable[[Array, Array, Array], float]
Gradient = Callable[[Array, Array, Array], Array]

# A residual within ten times of the best, or below this, reproduces the numbers as well as any.
_FLOOR = 1e-11
# Samples of a trial: enough to tell samples from units, and cheap.
_SAMPLES = 12


@dataclass(frozen=True)
class Cause:
    """A mistake that was found.

    `residual` is the largest relative difference (of an array's norm, or of the loss) in all trials, `tied_with` what
    else gives the same numbers, `written` the calls that are wrong and `should_read` those that should stand there.
    """

    name: str
    layer: int | None
    fault: str
    residual: float
    tied_with: list[str]
    sentence: str
    written: list[str]
    should_read: str | None
    source: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


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
) -> list[Cause]:
    """The mistakes that explain how loss and gradient differ from those of the network that `context` describes.

    `loss(theta, X, Y)` and `gradient(theta, X, Y)` take flat parameters (parameters,), samples X (n, features) and
    targets Y (n, outputs), and may remember earlier calls; X and Y here are samples to take trials from. Empty where
    nothing explains it within `budget` seconds, or where there is nothing to explain.
    """
    started = time.perf_counter()
    trials = _record(loss, gradient, context, X, Y, np.random.default_rng(seed))
    if not any(trial.usable for trial in trials):
        return []
    context = replace(context, batch_sizes=_sizes(context, trials))
    suspect = Suspect(trials, context, lr)
    if suspect.residual(()) <= suspect.TOLERANCE:
        return []
    singles = list(single_faults(context))
    found = _good(suspect, singles) or _good(suspect, fitted_to(suspect, ()))
    for several in () if found else several_for(suspect, singles):
        found = _good(suspect, _until(started + budget, several))
        if found:
            break
    return _told(found, context)


def _record(
    loss: Loss, gradient: Gradient, context: Context, X: Array, Y: Array, rng: np.random.Generator
) -> list[Trial]:
    """What the network under suspicion gives; on as many samples as there are where it takes no other number."""
    n = min(len(X), _SAMPLES)
    few = n // 2 + 1 if n > 2 else n + 1
    try:
        return [_trial(loss, gradient, context, X, Y, size, rng) for size in (few, n, n + 3, few, n)]
    except ValueError:
        return [_trial(loss, gradient, context, X, Y, len(X), rng) for _ in range(5)]


def _trial(
    loss: Loss, gradient: Gradient, context: Context, X: Array, Y: Array, size: int, rng: np.random.Generator
) -> Trial:
    chosen = rng.permutation(np.resize(rng.permutation(len(X)), size))
    spread = X.std(axis=0) if len(X) > 1 else np.abs(X[0])
    inputs = X[chosen] + 0.1 * np.where(spread > 0, spread, 1.0) * rng.normal(size=(size, X.shape[1]))
    theta = random_parameters(context.architecture, inputs, rng)
    targets = Y[chosen]
    return Trial(theta, inputs, targets, loss(theta, inputs, targets), gradient(theta, inputs, targets))


def _sizes(context: Context, trials: Sequence[Trial]) -> tuple[int, ...]:
    """The usual number of samples first, then those of the trials."""
    return tuple(dict.fromkeys([*context.batch_sizes[:1], *(len(trial.X) for trial in trials)]))


def _good(suspect: Suspect, hypotheses: Iterable[Choices]) -> list[tuple[Choices, float]]:
    """Those that reproduce the numbers as well as the best does, and whose names say most."""
    residuals: dict[frozenset[FaultChoice], tuple[Choices, float]] = {}
    for choices in hypotheses:
        residual = suspect.residual(choices)
        if residual <= suspect.TOLERANCE:
            residuals.setdefault(frozenset(choices), (choices, residual))
    found = residuals.values()
    best = min((residual for _, residual in found), default=0.0)
    least = min((generality(choices) for choices, _ in found), default=0)
    kept = [
        (choices, residual)
        for choices, residual in found
        if residual <= max(_FLOOR, 10 * best) and generality(choices) == least
    ]
    return sorted(kept, key=lambda pair: specificity(pair[0]))


def _until(deadline: float, hypotheses: Iterable[Choices]) -> Iterator[Choices]:
    return itertools.takewhile(lambda _: time.perf_counter() < deadline, hypotheses)


def _told(found: Sequence[tuple[Choices, float]], context: Context) -> list[Cause]:
    if not found:
        return []
    (best, residual), *others = found
    ties = [texts(choices) for choices, _ in others]
    network = place(best, context)
    return [_cause(choice, residual, ties, network) for choice in best]


def _cause(choice: FaultChoice, residual: float, ties: list[str], network: Placement) -> Cause:
    (one,) = (placed for placed in network.placed if placed.choice == choice)
    alone = Placement(replace(network.context, options=network.options), (one,)).program()
    right = Placement(replace(network.context, options=network.options)).program()
    kept = {call.text for call in alone.calls}
    missing = [call.text for call in right.calls if call.text not in kept]
    layer = one.layers[0] if one.fault.takes_layer and len(one.layers) == 1 else None
    where = f"layer {layer}" if layer is not None else "every layer" if one.fault.takes_layer else "the network"
    return Cause(
        name=choice.name,
        layer=layer,
        fault=str(choice),
        residual=residual,
        tied_with=ties,
        sentence=f"{choice} in {where}: it reads {one.fault.formula}.",
        written=[call.text for call in alone.calls if call.note],
        should_read="; ".join(missing) or None,
    )
