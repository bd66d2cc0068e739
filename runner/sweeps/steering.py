"""Stop rules of a sweep: jobs that have diverged, and the worse jobs of a pack with successive halving.

Both depend only on the settings and the history, so that a sweep gives the same runs again. `sweep.stop_diverged` looks
at each job alone. `sweep.halving` compares the jobs of a pack (successive halving, Jamieson and Talwalkar 2016): after
a share of the steps the best 1 in `halving` continues. The jobs are assigned to packs at random, so that each pack is a
fair sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from runner.files.history import Rows
from runner.training.loop import StopRules, Training
from runner.training.setup import Setup
from runner.training.stopping import StopRule

# How many times per run it is checked whether the job has diverged, each time over the last tenth of its steps.
_LOOKS = 10
# How many times halving takes place: after steps / h², then after steps / h, with h = `sweep.halving`.
_RUNGS = 2


class Steering:
    """The stop rules of runs with the settings of `setup` except for numbers, by the step before which they apply."""

    def __init__(self, setup: Setup) -> None:
        sweep, steps = setup.settings.sweep, setup.steps
        asked: dict[int, list[StopRule[Training]]] = {}
        if sweep.stop_diverged:
            for step in range(steps // _LOOKS, steps, max(1, steps // _LOOKS)):
                asked.setdefault(step, []).append(_diverged)
        if sweep.halving is not None:
            for rung in range(_RUNGS, 0, -1):
                if step := steps // sweep.halving**rung:
                    asked.setdefault(step, []).append(_Halving(sweep.halving))
        self.stop_rules: StopRules = {step: _all(asked[step]) for step in sorted(asked) if step}


def has_diverged(losses: Rows, planned: int, factor: float) -> bool:
    """Whether the losses (steps,) of a run of `planned` steps stay far above the first and don't fall.

    Far above: `factor` times the first (`outcome.diverged`), in each of the last tenth of the planned steps; the second
    half of these is no lower than the first.
    """
    tail = losses[-max(2, planned // 10) :]
    if len(losses) <= len(tail) or not float(tail.min()) > factor * float(losses[0]):
        return False
    middle = len(tail) // 2
    return float(tail[middle:].mean()) >= float(tail[:middle].mean())


def _diverged(trainings: Sequence[Training]) -> Iterable[Training]:
    for training in trainings:
        setup = training.setup
        if has_diverged(training.history["loss"], setup.steps, setup.settings.outcome.diverged):
            training.stopped = "diverged"
            yield training


class _Halving:
    """Lets the best 1 in `factor` continue."""

    def __init__(self, factor: int) -> None:
        self._factor = factor

    def __call__(self, trainings: Sequence[Training]) -> Iterable[Training]:
        kept = math.ceil(len(trainings) / self._factor)
        for training in sorted(trainings, key=_recent)[kept:]:
            training.stopped = "halving"
            yield training


def _recent(training: Training) -> float:
    """The mean loss over the last tenth of the steps so far, since the losses of mini-batches are noisy."""
    losses = training.history["loss"]
    return float(np.mean(losses[-max(1, len(losses) // 10) :]))


def _all(rules: Sequence[StopRule[Training]]) -> StopRule[Training]:
    def rule(trainings: Sequence[Training]) -> Iterable[Training]:
        left: list[Training] = []
        for one in rules:
            left += one([training for training in trainings if training not in left])
        return left

    return rule
