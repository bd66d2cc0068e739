"""The numbers of an update that change from step to step: the learning rate by its schedule, Adam's corrections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.network.native.feed import Feed
from runner.network.native.loops import loop_of
from runner.network.native.nest import Nest, nest
from runner.network.workspace import Workspace
from runner.settings.optimizer import AdamSettings, AdamWSettings, GradientSettings, OptimizerSettings
from runner.settings.schedule import ConstantSchedule

Steps = NDArray[np.float64]
Schedule = Callable[[Steps, Any, int], Steps]


def _constant(t: Steps, settings: Any, steps: int) -> Steps:
    return np.ones_like(t)


def _step(t: Steps, settings: Any, steps: int) -> Steps:
    return np.asarray(settings.factor ** (t // settings.every))


def _exponential(t: Steps, settings: Any, steps: int) -> Steps:
    return np.asarray(settings.factor ** (t / settings.every))


def _milestones(t: Steps, settings: Any, steps: int) -> Steps:
    return np.asarray(settings.factor ** np.searchsorted(settings.at, t, side="right").astype(np.float64))


def _cosine(t: Steps, settings: Any, steps: int) -> Steps:
    # Loshchilov and Hutter 2017, eq. 5, without restarts.
    return np.asarray(settings.final + (1 - settings.final) * 0.5 * (1 + np.cos(np.pi * t / steps)))


def _warmup(t: Steps, settings: Any, steps: int) -> Steps:
    return np.asarray(np.minimum(1.0, (t + 1) / settings.steps))


# By the name in `optimizer.schedule`: factor at steps t (counted from 0) of a run of so many steps.
SCHEDULES: dict[str, Schedule] = {
    "constant": _constant,
    "step": _step,
    "exponential": _exponential,
    "milestones": _milestones,
    "plateau": _constant,  # lowered as the run goes
    "cosine": _cosine,
    "warmup": _warmup,
}


def scalars(settings: OptimizerSettings) -> tuple[str, ...]:
    """The scalars that are set for each step: `lr`, for Adam with its first correction in it, and what goes with it.

    `correction2` is Adam's second correction, `rate` the learning rate as it is, which decoupled decay goes by.
    """
    if isinstance(settings, AdamWSettings):
        return ("lr", "correction2", "rate")
    return ("lr", "correction2") if isinstance(settings, AdamSettings) else ("lr",)


class Rates:
    """The scalars of an update that change from step to step.

    `scale` multiplies the learning rate; it is 1 until something (a rollback) lowers it. `plateaus` are the steps from
    which on a plateau schedule has lowered it, each with the factor that the configured rate has since.
    """

    AHEAD = 1024

    def __init__(self, settings: OptimizerSettings, steps: int) -> None:
        self.settings, self._steps = settings, steps
        self.scale = 1.0
        self.plateaus: list[tuple[int, float]] = []
        self.schedule = settings.schedule if isinstance(settings, GradientSettings) else ConstantSchedule()
        self.constant = self.schedule.name in ("constant", "plateau") and not isinstance(settings, AdamSettings)

    @property
    def lowered(self) -> tuple[float, int]:
        """What changes whenever the rate is lowered during the run."""
        return self.scale, len(self.plateaus)

    def learning_rates(self, first: int, count: int) -> NDArray[np.float64]:
        """The learning rates of `count` steps from step `first` on."""
        schedule = self.schedule
        t = np.arange(first, first + count, dtype=np.float64)
        factors = SCHEDULES[schedule.name](t, schedule, self._steps)
        for step, factor in self.plateaus:
            factors[t >= step] = factor
        return self.settings.rate * self.scale * factors

    def ahead(self, first: int) -> list[Steps]:
        """The scalars, in their order, `AHEAD` steps from `first` on."""
        rate = self.learning_rates(first, self.AHEAD)
        tables = {"lr": rate, "rate": rate}
        if isinstance(self.settings, AdamSettings):
            t = np.arange(first + 1, first + 1 + self.AHEAD, dtype=np.float64)
            tables["lr"] = rate / (1 - self.settings.beta1**t)
            tables["correction2"] = 1 / np.sqrt(1 - self.settings.beta2**t)
        return [tables[name] for name in scalars(self.settings)]


class RateFeed(Feed):
    """Sets the scalars of an update for each step, in the workspace of a run or of the runs of a pack."""

    def __init__(self, each: Sequence[Rates], workspace: Workspace) -> None:
        self._each = each
        self._arrays = [workspace.arrays[name] for name in scalars(each[0].settings)]
        self._ahead: list[Steps] = []
        self._lowered, self._first, self._loaded = self._lowerings(), -Rates.AHEAD, (0, 0)
        self._tables = [np.empty((Rates.AHEAD, *array.shape), dtype=workspace.dtype) for array in self._arrays]

    def load(self, step: int, steps: int) -> None:
        """Be ready for so many steps, at most `AHEAD`, from `step` on."""
        lowered = self._lowerings()
        if self._lowered != lowered or not 0 <= step - self._first <= Rates.AHEAD - steps:
            self._lowered, self._first, self._ahead = lowered, step, self._look_ahead(step)
        offset = step - self._first
        for table, values in zip(self._tables, self._ahead, strict=True):
            table[:steps] = values[offset : offset + steps].reshape(table[:steps].shape)
        self.row, self._loaded = 0, (step, steps)

    def load_again(self) -> None:
        """Heed what has been measured since: it may have lowered the rate of the next update."""
        step, steps = self._loaded
        self.load(step + self.row, steps - self.row)

    def __call__(self) -> None:
        """Set the scalars of the next step."""
        for array, table in zip(self._arrays, self._tables, strict=True):
            array[...] = table[self.row]
        self.row += 1

    def nests(self) -> list[Nest]:
        """The same as copies, one for each scalar."""
        return [
            nest(loop_of(np.positive, table.dtype), (table[:1].reshape(array.shape), array), (), (table.strides[0], 0))
            for array, table in zip(self._arrays, self._tables, strict=True)
        ]

    def _lowerings(self) -> list[tuple[float, int]]:
        return [rates.lowered for rates in self._each]

    def _look_ahead(self, step: int) -> list[Steps]:
        """The scalars in their order, each (`AHEAD`, runs)."""
        return [np.stack(tables, axis=1) for tables in zip(*(rates.ahead(step) for rates in self._each), strict=True)]
