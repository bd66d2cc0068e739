"""Calls of a network under suspicion as they were recorded, and networks with faults in the same calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.cost import of_pass
from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.gradients.hypotheses import Choices, placed
from runner.network.faults.fault import Context

Array = NDArray[np.float64]
LossAndGradient = tuple[float, Array]

# Seconds of a usual machine in addition to those of a pass: building the network, its arrays, its calls.
_PREPARING = 4e-4


@dataclass(frozen=True)
class RecordedCall:
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


class NetworkReplay:
    """What a network with faults gives in calls one after the other, each of them computed, and paid for, once."""

    def __init__(self, computation: Computation, pay: Callable[[Computation, int], None]) -> None:
        self._computation, self._pay, self._outcomes = computation, pay, list[LossAndGradient]()

    def __call__(self, index: int, trial: RecordedCall) -> LossAndGradient:
        """What it gives in a call, all before having been asked for."""
        if index == len(self._outcomes):
            self._pay(self._computation, len(trial.X))
            self._outcomes.append(self._computation.both(trial.theta, trial.X, trial.Y))
        return self._outcomes[index]


class Replays:
    """Networks with faults in the calls that were recorded: each is computed once, and readings may share them.

    `cost` is that of all that has been computed, in seconds of a usual machine.
    """

    # Networks with more parameters would take much memory.
    _MOST_KEPT = 5000

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], NetworkReplay | None] = {}
        self.cost = 0.0

    def of(
        self, key: tuple[object, ...], choices: Choices, context: Context, lr: float, *, keep: bool
    ) -> NetworkReplay | None:
        """The network with the faults `choices`; None where they exclude each other. `key`: all else it depends on."""
        whole = (*key, frozenset(choices))
        if whole in self._known:
            return self._known[whole]
        network = placed(choices, context)
        replay = None if network is None else NetworkReplay(Computation(network, lr), self._pay)
        if keep and context.architecture.parameter_count <= self._MOST_KEPT:
            self._known[whole] = replay
        return replay

    def _pay(self, computation: Computation, samples: int) -> None:
        self.cost += _PREPARING + of_pass(computation.architecture, computation.calls, samples)
