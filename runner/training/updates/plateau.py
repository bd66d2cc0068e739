"""Lowering the learning rate where a metric no longer improves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.settings.schedule import PlateauSchedule
from runner.training.evaluation import Patience
from runner.training.updates.rates import Rates


class Plateau:
    """Lowers `rates` at evaluations, where their schedule is a plateau schedule; otherwise it does nothing.

    As Keras counts (ReduceLROnPlateau without a cooldown): the rate is lowered at the evaluation that is the
    `patience`-th without improvement, and the count begins again.
    """

    def __init__(self, rates: Rates) -> None:
        schedule = rates.schedule
        self._rates = rates
        self._schedule = schedule if isinstance(schedule, PlateauSchedule) else None
        metric, patience, threshold = (
            (None, None, 0.0)
            if self._schedule is None
            else (self._schedule.metric, self._schedule.patience, self._schedule.threshold)
        )
        self._patience = Patience(metric, patience, threshold)

    @property
    def state(self) -> dict[str, Any]:
        """What a checkpoint has of it, as JSON."""
        return {"patience": self._patience.state, "lowered": self._rates.plateaus}

    @state.setter
    def state(self, state: Mapping[str, Any]) -> None:
        self._patience.state = state["patience"]
        self._rates.plateaus = [(step, factor) for step, factor in state["lowered"]]

    def lowers(self, step: int, values: Mapping[str, float]) -> bool:
        """Take the values of the evaluation at a step; whether the rate is lower from this step's update on."""
        schedule = self._schedule
        if schedule is None or not self._patience.is_over(values):
            return False
        self._patience.begin_again()
        before = self._rates.plateaus[-1][1] if self._rates.plateaus else 1.0
        factor = max(before * schedule.factor, schedule.min_lr / self._rates.settings.rate)
        if factor == before:
            return False
        self._rates.plateaus.append((step, factor))
        return True
