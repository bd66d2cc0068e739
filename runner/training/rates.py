"""The numbers of an update that change from step to step: the learning rate by its schedule, Adam's corrections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.network.workspace import Workspace
from runner.settings.optimizer import AdamSettings, OptimizerSettings

Steps = NDArray[np.float64]
Schedule = Callable[[Steps, Any, int], Steps]


def _constant(t: Steps, settings: Any, steps: int) -> Steps:
    return np.ones_like(t)


def _step(t: Steps, settings: Any, steps: int) -> Steps:
    return np.asarray(settings.factor ** (t // settings.every))


def _cosine(t: Steps, settings: Any, steps: int) -> Steps:
    # Loshchilov and Hutter 2017, eq. 5, without restarts.
    return np.asarray(settings.final + (1 - settings.final) * 0.5 * (1 + np.cos(np.pi * t / steps)))


def _warmup(t: Steps, settings: Any, steps: int) -> Steps:
    return np.asarray(np.minimum(1.0, (t + 1) / settings.steps))


# By the name in `optimizer.schedule`: factor at steps t (counted from 0) of a run of so many steps.
SCHEDULES: dict[str, Schedule] = {"constant": _constant, "step": _step, "cosine": _cosine, "warmup": _warmup}


class Rates:
    """The scalars of an update that change from step to step: the learning rate, Adam's corrections.

    `scale` multiplies the learning rate; it is 1 until something (a rollback) lowers it.
    """

    AHEAD = 1024

    def __init__(self, settings: OptimizerSettings, steps: int) -> None:
        self._settings, self._steps = settings, steps
        self.scale = 1.0
        self.constant = settings.schedule.name == "constant" and not isinstance(settings, AdamSettings)

    def learning_rates(self, first: int, count: int) -> NDArray[np.float64]:
        """The learning rates of `count` steps from step `first` on."""
        schedule = self._settings.schedule
        t = np.arange(first, first + count, dtype=np.float64)
        return self._settings.lr * self.scale * SCHEDULES[schedule.name](t, schedule, self._steps)

    def setter(self, workspace: Workspace, step: int) -> Callable[[], None]:
        """A callable that sets the scalars for `step`, then, called again, for the step after it, and so on."""
        lr, correction2 = workspace.arrays["lr"], workspace.arrays["correction2"]
        values: list[tuple[float, float]] = []
        position = step

        def advance() -> None:
            nonlocal position
            if not values:
                values.extend(self._values(position))
            lr[...], correction2[...] = values.pop()
            position += 1

        return advance

    def _values(self, first: int) -> list[tuple[float, float]]:
        """The scalars of the steps from `first` on, last one first."""
        lr, correction2 = self.ahead(first)
        return list(zip(lr.tolist(), correction2.tolist(), strict=True))[::-1]

    def ahead(self, first: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The learning rate, with Adam's correction in it, and its other correction, `AHEAD` steps from `first` on."""
        lr = self.learning_rates(first, self.AHEAD)
        correction2 = np.ones_like(lr)
        if isinstance(self._settings, AdamSettings):
            t = np.arange(first + 1, first + 1 + self.AHEAD, dtype=np.float64)
            lr = lr / (1 - self._settings.beta1**t)
            correction2 = 1 / np.sqrt(1 - self._settings.beta2**t)
        return lr, correction2


class PackedRates:
    """The same scalars for the runs of a pack, whose `workspace` has an entry for each run."""

    def __init__(self, each: Sequence[Rates], workspace: Workspace) -> None:
        self._each, self._arrays = each, (workspace.arrays["lr"], workspace.arrays["correction2"])
        self._first = -Rates.AHEAD
        self._tables: tuple[NDArray[np.float64], ...] = ()

    def setter(self, step: int) -> Callable[[], None]:
        """A callable that sets the scalars for `step`, then, called again, for the step after it, and so on."""
        lr, correction2 = self._arrays
        position = step

        def advance() -> None:
            nonlocal position
            if not self._first <= position < self._first + Rates.AHEAD:
                self._look_ahead(position)
            k = position - self._first
            lr[...], correction2[...] = self._tables[0][k], self._tables[1][k]
            position += 1

        return advance

    def _look_ahead(self, first: int) -> None:
        tables = zip(*(rates.ahead(first) for rates in self._each), strict=True)
        self._first, self._tables = first, tuple(np.stack(table, axis=1)[:, :, None] for table in tables)
