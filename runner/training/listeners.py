"""What others may hear of a run while it trains: a progress bar, a notebook, a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.files.events import Event


@dataclass(frozen=True)
class TrainingPlan:
    """What is about to be trained: `title` for people, and how many `steps`."""

    title: str
    steps: int


class Listener:
    """Hears nothing; override what you want to hear. All methods are called in the training thread."""

    def on_start(self, plan: TrainingPlan) -> None:
        """Called once, before the first step."""

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Called some ten times a second: `step` updates done so far, after `seconds`; NaN where not measured."""

    def on_event(self, event: Event) -> None:
        """Called with each event, as it happens."""

    def on_end(self, outcome: str) -> None:
        """Called once, with the outcome, also after an interruption."""

    def on_suspicion(self, cause: str, symptom: str) -> None:
        """Called before the first step with each cause of trouble that the configuration alone shows."""

    def on_notice(self, text: str) -> None:
        """Called while the run goes on with what is amiss around it, or no longer is."""

    def on_attempt(self, change: str) -> None:
        """Called after the end whenever the diagnosis runs a changed version, with what is changed."""

    def on_delivery(self) -> None:
        """Called once after that, if others still have to be waited for: MLflow takes the rest of the run."""


class Listeners(Listener):
    """Several listeners as one."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    def on_start(self, plan: TrainingPlan) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_start(plan)

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_progress(step, loss, grad_norm, seconds)

    def on_event(self, event: Event) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_event(event)

    def on_end(self, outcome: str) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_end(outcome)

    def on_suspicion(self, cause: str, symptom: str) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_suspicion(cause, symptom)

    def on_notice(self, text: str) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_notice(text)

    def on_attempt(self, change: str) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_attempt(change)

    def on_delivery(self) -> None:
        """Tell all."""
        for listener in self._listeners:
            listener.on_delivery()
