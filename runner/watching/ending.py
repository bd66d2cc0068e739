"""How a watched run ended, by what was seen of it: its loss, its exit, what was not finite."""

from __future__ import annotations

import math

import numpy as np

from runner.files.summary import Outcome, Summary
from runner.recording.watching.observer import Observer
from runner.recording.watching.script import Ended
from runner.settings.outcome import OutcomeSettings
from runner.training.conclusion import judge
from runner.training.history import History

# Losses from which on their course says something.
_FEW = 3


def summary_of_watch(
    observer: Observer, history: History, ended: Ended, seconds: float, settings: OutcomeSettings
) -> Summary:
    """The summary of a script that has ended; its MLflow run is not known yet."""
    outcome = _outcome(observer, history, ended, settings)
    first = observer.breaks[0].step if observer.breaks else None
    finite = len(history) > 0 and np.isfinite(history["loss"]).any()
    return Summary(
        outcome=outcome,
        status={"interrupted": "KILLED", "failed": "FAILED"}.get(outcome, "FINISHED"),
        steps=observer.count + 1,
        seconds=seconds,
        final={"loss": _last_loss(history)},
        best=history.best_values_of(("loss",)) if finite else {},
        nonfinite_steps=observer.broken_steps,
        first_nonfinite_step=first,
        stopped=None,
        reason=None if ended.error is None else f"{type(ended.error).__name__}: {ended.error}",
    )


def losses(history: History) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The losses that are known, in their order; the last may be NaN."""
    known = history["loss"][~history.nulls("loss")]
    return np.asarray(known, dtype=np.float64)


def _outcome(observer: Observer, history: History, ended: Ended, settings: OutcomeSettings) -> Outcome:
    if ended.interrupted:
        return "interrupted"
    if observer.breaks:
        return "nan"
    if ended.error is not None:
        return "failed"
    known = losses(history)
    if len(known) < _FEW:
        return "finished"
    return judge(known, -math.inf, math.inf, settings)


def _last_loss(history: History) -> float | None:
    known = losses(history)
    return float(known[-1]) if len(known) and math.isfinite(known[-1]) else None
