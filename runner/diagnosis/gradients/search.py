"""Searching the hypotheses: how far each is from what was recorded, numbers that are fitted, pairs worth a look."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.arrays import arrays_of
from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.gradients.hypotheses import FITTED, Choices, at_layers, placed
from runner.network.faults.catalogue import FAULTS, FaultChoice
from runner.network.faults.fault import Context

Array = NDArray[np.float64]
Outcome = tuple[float, Array]

_MOST_AT_ONCE = 4


@dataclass(frozen=True)
class Trial:
    """One call of the network under suspicion: parameters, samples, targets, and the loss and gradient it gave."""

    theta: Array
    X: Array
    Y: Array
    loss: float
    gradient: Array

    @property
    def usable(self) -> bool:
        """Whether what it gave is finite."""
        return bool(np.isfinite(self.loss) and np.isfinite(self.gradient).all())


class Suspect:
    """What was recorded of a network under suspicion, and how far a hypothesis is from it."""

    TOLERANCE = 1e-9
    # An array smaller than this share of the whole gradient is compared as if it were that large.
    _SMALLEST = 1e-6

    def __init__(self, trials: Sequence[Trial], context: Context, lr: float) -> None:
        self.trials, self.context, self._lr = trials, context, lr
        self.arrays = [array.entries.ravel() for array in arrays_of(context.architecture)]

    def residual(self, choices: Choices) -> float:
        """The largest relative difference of an array or of the loss, infinite where the faults don't go together."""
        worst, compared = 0.0, 0
        for trial, outcome in self._replayed(choices):
            worst = max(worst, self._loss_off(trial, outcome), *self.off(trial, outcome))
            compared += 1
            if not worst <= self.TOLERANCE:
                return np.inf
        return worst if compared else np.inf

    def explained(self, choices: Choices, *, scaled: bool = False) -> tuple[bool, ...]:
        """Whether the loss, and each array, is as recorded in all trials; all False where the faults don't go together.

        With `scaled` an array may be off by a factor.
        """
        found = [
            (self._loss_off(trial, outcome), *self.off(trial, outcome, scaled=scaled))
            for trial, outcome in self._replayed(choices)
        ]
        if not found:
            return (False,) * (1 + len(self.arrays))
        return tuple(max(values) <= self.TOLERANCE for values in zip(*found, strict=True))

    def first(self, choices: Choices) -> tuple[Trial, Array] | None:
        """The first usable trial, and the gradient that a network with these faults has there."""
        return next(((trial, outcome[1]) for trial, outcome in self._replayed(choices)), None)

    def off(self, trial: Trial, outcome: Outcome, *, scaled: bool = False) -> list[float]:
        """The relative difference of each array; with `scaled` that of the nearest multiple."""
        smallest = self._SMALLEST * float(np.linalg.norm(trial.gradient))
        found = []
        for entries in self.arrays:
            g, h = trial.gradient[entries], outcome[1][entries]
            if scaled and h @ h > 0:
                h = h * ((g @ h) / (h @ h))
            size = max(float(np.linalg.norm(g)), float(np.linalg.norm(h)), smallest)
            off = float(np.linalg.norm(g - h))
            found.append(off / size if size else off)
        return [value if np.isfinite(value) else np.inf for value in found]

    def _replayed(self, choices: Choices) -> Iterator[tuple[Trial, Outcome]]:
        """The usable trials, and what a network with these faults gives in the same calls."""
        network = placed(choices, self.context)
        if network is None:
            return
        computation = Computation(network, self._lr)
        for trial in self.trials:
            outcome = computation.both(trial.theta, trial.X, trial.Y)
            if trial.usable:
                yield trial, outcome

    @staticmethod
    def _loss_off(trial: Trial, outcome: Outcome) -> float:
        larger = max(abs(trial.loss), abs(outcome[0]))
        off = abs(trial.loss - outcome[0]) / larger if larger else 0.0
        return off if np.isfinite(off) else np.inf


def fitted_to(suspect: Suspect, others: Choices) -> Iterator[Choices]:
    """Faults that take any number, beside `others`, with the number that fits the first usable trial best."""
    without = suspect.first(others)
    if without is None:
        return
    trial, base = without
    n = len(trial.X)
    for fit in FITTED:
        for probe in at_layers(FAULTS[fit.name], f"{fit.probe(n):g}", suspect.context):
            probed = suspect.first((*others, probe))
            if probed is None:
                continue
            direction = probed[1] - base
            length = float(direction @ direction)
            t = float((trial.gradient - base) @ direction) / length if length > 0 else 0.0
            value = fit.value(t, n) if np.isfinite(t) and t != -1.0 else 0.0
            if 0.0 < value < np.inf:
                yield (*others, FaultChoice(fit.name, probe.layer, f"{value:.12g}"))


def several_for(suspect: Suspect, singles: Sequence[Choices]) -> Iterator[Iterator[Choices]]:
    """Several faults at once in groups, the likely ones first: pairs, then more.

    Going back, an error at a layer changes that layer and those below: whichever of two stands nearer to the output
    explains some array by itself, perhaps but for a factor. And the loss has to be the one that was recorded.
    """
    _, *right = suspect.explained(())
    likely: list[Choices] = []
    others: list[Choices] = []
    same = set()
    for single in singles:
        same_loss, *explained = suspect.explained(single, scaled=True)
        if same_loss:
            same.add(single)
        gained = any(now and not before for now, before in zip(explained, right, strict=True))
        (likely if gained else others).append(single)
    neither_in_loss = suspect.explained(())[0]

    def with_right_loss(pairs: Iterable[tuple[Choices, Choices]]) -> Iterator[Choices]:
        for one, other in pairs:
            fits = {one, other} <= same if neither_in_loss else not same or not same.isdisjoint((one, other))
            if fits and one != other:
                yield one + other

    yield with_right_loss((one, other) for one in likely for other in singles)
    yield (pair for one in likely for pair in fitted_to(suspect, one))
    yield _growing(suspect, singles)
    yield with_right_loss(itertools.combinations(others, 2))


def _growing(suspect: Suspect, singles: Sequence[Choices]) -> Iterator[Choices]:
    """Three and more, each chosen because with it more arrays, or the loss, are as recorded."""
    chosen: Choices = ()
    explained = sum(suspect.explained(()))
    while len(chosen) < _MOST_AT_ONCE:
        gains = [(sum(suspect.explained(chosen + single)), chosen + single) for single in singles]
        most, grown = max(gains, key=lambda gain: gain[0])
        if most <= explained:
            return
        chosen, explained = grown, most
        if len(chosen) > 2:
            yield chosen
