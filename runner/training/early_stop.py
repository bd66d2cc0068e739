"""Ending a run whose metric no longer improves."""

from __future__ import annotations

import math

HIGHER_IS_BETTER = ("accuracy", "valid_accuracy")


class EarlyStop:
    """Counts evaluations of `metric` without an improvement; never ends a run where `metric` is None."""

    def __init__(self, metric: str | None, patience: int | None) -> None:
        self.metric = metric
        self._patience = patience
        self._sign = -1.0 if metric in HIGHER_IS_BETTER else 1.0
        self._best, self._waited = math.inf, 0

    @property
    def state(self) -> tuple[float, int]:
        """The best value so far, falling, and how many evaluations have passed since."""
        return self._best, self._waited

    @state.setter
    def state(self, state: tuple[float, int]) -> None:
        self._best, self._waited = state

    def ends_after(self, value: float) -> bool:
        """Take the value of one evaluation; whether it was the last one worth waiting for."""
        if self._patience is None:
            return False
        if self._sign * value < self._best:
            self._best, self._waited = self._sign * value, 0
        else:
            self._waited += 1
        return self._waited >= self._patience
