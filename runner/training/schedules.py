"""Learning rates over the steps, as factors of `optimizer.lr`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
