"""Callbacks of a run while it trains, for a progress bar, a notebook, a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.files.events import Event


@dataclass(frozen=True)
class TrainingPlan:
    """What is about to be trained: a `title` to be shown, and the number of `steps`."""

    title: str
    steps: int


class Listener:
    """Does nothing; override the methods you need. All are called in the training thread."""

    def on_start(self, plan: TrainingPlan) -> None:
        """Called once, before the first step."""

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Called about ten times a second, after `step` updates and `seconds`; NaN where a value is not measured."""

    def on_evaluation(self, values: Mapping[str, float]) -> None:
        """Called at each evaluation with what it gave: `accuracy` or `r2`, `valid_loss`, ..."""

    def on_event(self, event: Event) -> None:
        """Called with each event, as it happens."""

    def on_end(self, outcome: str) -> None:
        """Called once with the outcome, also after an interruption."""

    def on_suspicion(self, cause: str, symptom: str) -> None:
        """Called before the first step with each problem that the configuration alone shows."""

    def on_notice(self, text: str) -> None:
        """Called during training with a message for the user, for example that the tracking store is unreachable."""

    def on_attempt(self, change: str) -> None:
        """Called after training whenever the diagnosis tries a fix, with the changed settings."""

    def on_delivery(self) -> None:
        """Called once at the end if the run still has to wait until MLflow has received everything."""


class Listeners(Listener):
    """Several listeners as one."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    def on_start(self, plan: TrainingPlan) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_start(plan)

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_progress(step, loss, grad_norm, seconds)

    def on_evaluation(self, values: Mapping[str, float]) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_evaluation(values)

    def on_event(self, event: Event) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_event(event)

    def on_end(self, outcome: str) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_end(outcome)

    def on_suspicion(self, cause: str, symptom: str) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_suspicion(cause, symptom)

    def on_notice(self, text: str) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_notice(text)

    def on_attempt(self, change: str) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_attempt(change)

    def on_delivery(self) -> None:
        """Call each listener."""
        for listener in self._listeners:
            listener.on_delivery()
