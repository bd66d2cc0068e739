"""Searching the hypotheses: how far each is from what was recorded and numbers that are fitted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.hypotheses import Choices, at_layers, placed
from runner.diagnosis.gradients.replays import LossAndGradient, RecordedCall, Replays
from runner.network.arrays import arrays_of
from runner.network.faults.catalogue import FAULTS, FaultChoice
from runner.network.faults.fault import Context

Array = NDArray[np.float64]


# The relative difference up to which numbers are the same, and how many digits of one that is fitted mean something.
TOLERANCE, _DIGITS = 1e-9, 12


class Suspect:
    """What was recorded of a network under suspicion, and how far a hypothesis is from it."""

    # An array smaller than this share of the whole gradient is compared as if it were that large.
    _SMALLEST = 1e-6

    def __init__(
        self, trials: Sequence[RecordedCall], context: Context, lr: float = 0.0, replays: Replays | None = None
    ) -> None:
        """`replays` are shared with the same calls at other rates."""
        self.trials, self.context, self.lr = trials, context, lr
        self.named = list(arrays_of(context.architecture))
        self.arrays = [array.entries.ravel() for array in self.named]
        self.replays = Replays() if replays is None else replays
        self._key = (repr(context), lr, *(trial.theta.tobytes() for trial in trials))

    def at_rate(self, lr: float) -> Suspect:
        """The same, with another learning rate for updates inside of the gradient."""
        return Suspect(self.trials, self.context, lr, self.replays)

    def residual(self, choices: Choices) -> float:
        """The largest relative difference of an array or of the loss, infinite where the faults don't go together."""
        worst, compared = 0.0, 0
        for trial, outcome in self.replayed(choices):
            worst = max(worst, self.loss_off(trial, outcome), *self.off(trial, outcome))
            compared += 1
            if not worst <= TOLERANCE:
                return np.inf
        return worst if compared else np.inf

    def residual_apart(self, one: Choices, other: Choices) -> float:
        """The same for two faults of which each array shows one alone, since they are written in other lines.

        Infinite where one of them explains no more than the other does, and where they don't go together.
        """
        if placed((*one, *other), self.context) is None:
            return np.inf
        worst, needed = 0.0, np.zeros(2, dtype=bool)
        for (trial, first), (_, second) in zip(self.replayed(one), self.replayed(other), strict=False):
            offs = np.array([self.off(trial, first), self.off(trial, second)])
            losses = self.loss_off(trial, first), self.loss_off(trial, second)
            worst = max(worst, *losses, *offs.min(axis=0).tolist())
            if not worst <= TOLERANCE:
                return np.inf
            needed |= (offs[::-1] > TOLERANCE).any(axis=1)
        return worst if needed.all() else np.inf

    def explained(self, choices: Choices, *, scaled: bool = False) -> tuple[bool, ...]:
        """Whether the loss, and each array, is as recorded in all trials; all False where the faults don't go together.

        With `scaled` an array may be off by a factor.
        """
        found = [
            (self.loss_off(trial, outcome), *self.off(trial, outcome, scaled=scaled))
            for trial, outcome in self.replayed(choices)
        ]
        if not found:
            return (False,) * (1 + len(self.arrays))
        return tuple(max(values) <= TOLERANCE for values in zip(*found, strict=True))

    @property
    def usable(self) -> bool:
        """Whether anything finite was recorded."""
        return any(trial.usable for trial in self.trials)

    def first(self, choices: Choices) -> tuple[RecordedCall, Array] | None:
        """The first usable trial, and the gradient that a network with these faults has there."""
        return next(((trial, outcome[1]) for trial, outcome in self.replayed(choices)), None)

    def second(self, choices: Choices) -> tuple[RecordedCall, LossAndGradient] | None:
        """The second usable trial, where there is one, and what a network with these faults gives there."""
        replayed = list(itertools.islice(self.replayed(choices), 2))
        return replayed[-1] if replayed else None

    def off(self, trial: RecordedCall, outcome: LossAndGradient, *, scaled: bool = False) -> list[float]:
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

    def replayed(self, choices: Choices) -> Iterator[tuple[RecordedCall, LossAndGradient]]:
        """The usable trials, and what a network with these faults gives in the same calls."""
        replay = self.replays.of(self._key, choices, self.context, self.lr, keep=len(choices) <= 1)
        if replay is None:
            return
        for index, trial in enumerate(self.trials):
            outcome = replay(index, trial)
            if trial.usable:
                yield trial, outcome

    @staticmethod
    def loss_off(trial: RecordedCall, outcome: LossAndGradient) -> float:
        """The relative difference of the loss."""
        larger = max(abs(trial.loss), abs(outcome[0]))
        off = abs(trial.loss - outcome[0]) / larger if larger else 0.0
        return off if np.isfinite(off) else np.inf


def fitted_to(suspect: Suspect, others: Choices) -> Iterator[Choices]:
    """Faults that take any number, together with `others`, with the number that fits the first usable trial best."""
    without = suspect.first(others)
    if without is None:
        return
    trial, base = without
    n = len(trial.X)
    for fault in FAULTS.values():
        if (fit := fault.fitted) is None:
            continue
        for probe in at_layers(fault, f"{fit.probe(n):g}", suspect.context):
            probed = suspect.first((*others, probe))
            if probed is None:
                continue
            t = _along(trial.gradient, base, probed[1])
            value = fit.value(t, n) if t != -1.0 else 0.0
            if 0.0 < value < np.inf:
                yield (*others, FaultChoice(fault.name, probe.layer, f"{value:.{_DIGITS}g}"))


def at_fitted_rates(suspect: Suspect, others: Choices) -> Iterator[tuple[Suspect, Choices]]:
    """Updates before the backward pass, together with `others`, at the rate that fits the first usable trial best.

    The gradient of the layer below the updated one is a straight line in the rate.
    """
    without = suspect.first(others)
    if without is None:
        return
    trial, base = without
    at_one = suspect.at_rate(1.0)
    using_rate = [fault for fault in FAULTS.values() if fault.uses_rate]
    for choice in (choice for fault in using_rate for choice in at_layers(fault, None, suspect.context)):
        if choice.layer is None or (probed := at_one.first((*others, choice))) is None:
            continue
        segment = suspect.context.layer(choice.layer).segment
        rate = _along(trial.gradient[segment], base[segment], probed[1][segment])
        if 0.0 < rate < np.inf:
            fitted = suspect.at_rate(float(f"{rate:.{_DIGITS}g}"))
            yield fitted, (*others, choice)
            yield fitted, (*others, FaultChoice(choice.name))


def _along(wanted: Array, base: Array, probed: Array) -> float:
    """The t for which base + t (probed - base) is nearest to what is wanted; 0 where there is none."""
    direction = probed - base
    length = float(direction @ direction)
    t = float((wanted - base) @ direction) / length if length > 0 else 0.0
    return t if np.isfinite(t) else 0.0
