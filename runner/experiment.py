"""One run from beginning to end: the folder, the training, the tracking, the summary.

`prepare` finds whatever is wrong with a configuration and writes nothing; `run` leaves the folder of section "what a
run leaves" behind, however the run ends.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from runner.diagnosis.case import Case
from runner.diagnosis.diagnose import diagnose, foresee
from runner.diagnosis.explanation import Ending, explanation, plain
from runner.diagnosis.fixes.changes import Repeat, command
from runner.errors import RunError
from runner.files.events import DIAGNOSIS_FAILED, DiagnosisFailedEvent, Event
from runner.files.finding import Finding
from runner.files.run_folder import CHANGES, RunFolder
from runner.tracking.notices import StoreNotices
from runner.training.checkpoints import FOLDER as CHECKPOINTS
from runner.training.checkpoints import Checkpoint, Checkpoints
from runner.training.conclusion import conclude
from runner.training.environment import changes
from runner.training.history import History
from runner.training.interrupt import Interruption, interruption
from runner.training.leaving import Leave
from runner.training.listeners import Listener, Listeners
from runner.training.loop import Training
from runner.training.outcome import Outcome
from runner.training.record import record, summary, weights
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.threads import one_blas_thread

if TYPE_CHECKING:
    from runner.tracking.client import Delivered, Tracker

__all__ = ["RunResult", "Setup", "prepare", "run"]

# Seconds that the end of a run waits for MLflow: for the run's id, and for the rest to arrive.
_ID_PATIENCE, _DELIVERY_PATIENCE = 30.0, 120.0


@dataclass(frozen=True)
class RunResult:
    """What became of a run; `events` are those of events.jsonl, `signal` is what ended the run, 0 where nothing did."""

    setup: Setup
    outcome: Outcome
    summary: dict[str, Any]
    folder: Path
    history: History
    events: list[Event]
    findings: list[Finding]
    signal: int
    delivered: Delivered | None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended the run."""
        return self.signal != 0

    @property
    def ending(self) -> Ending:
        """What `explain` is told of the run."""
        return Ending(self.summary, self.events, self.findings, self.setup.settings.diagnosis.enabled)

    @property
    def explanation(self) -> str:
        """What was seen, why, and what fixes it, as printed at the end of a run; empty where nothing is wrong."""
        return plain(explanation(self.ending))


def run(
    setup: Setup,
    folder: Path,
    *,
    overrides: Sequence[str] = (),
    listeners: Sequence[Listener] = (),
    tracker: Tracker | None = None,
    config: Mapping[str, Any] | None = None,
    checkpoint: Checkpoint | None = None,
    repeat: Repeat = command,
    leave: Mapping[int, Leave] = MappingProxyType({}),
) -> RunResult:
    """Train, and leave everything in `folder` and, with a `tracker`, in MLflow.

    `config` is what may be written down of the settings, where that isn't all of them; with a `checkpoint` the run
    in `folder` goes on from there; `repeat` says how a fixed version is typed, `leave` before which steps the run is
    asked whether it is to end there. Raises
    `UserError` where the folder can't be used, `RunError` where the disk gives up in the middle.
    """
    listener = Listeners(listeners)
    columns = history_columns(setup.watch)
    if checkpoint is None:
        files = RunFolder(folder, record(setup, columns, overrides, config))
        if setup.settings.tracking.diff:
            files.write(CHANGES, changes())
    else:
        files = RunFolder.reopened(folder, checkpoint.step, len(columns))
    if tracker is not None:
        tracker.start(folder)
        listener = Listeners([*listeners, StoreNotices(partial(tracker.trouble, folder), listener.on_notice)])
    history = History(columns, files.append)

    events: list[Event] = []

    def note(event: Event) -> None:
        events.append(event)
        files.note(event)
        listener.on_event(event)

    checkpoints = Checkpoints(folder / CHECKPOINTS, setup.settings.checkpoint.keep, files.settle)
    training = Training(setup, history, note, listener, checkpoints)
    if checkpoint is not None and checkpoint.step:
        history.begin_with(files.rows(len(columns)))
        events += files.events(before=checkpoint.step)
        training.go_on_from(checkpoint, events)
    with interruption() as interrupted, one_blas_thread():
        try:
            if setup.settings.diagnosis.enabled:
                for suspicion in foresee(setup):
                    listener.on_suspicion(suspicion.cause, suspicion.symptom)
            seconds = training.run(interrupted, leave)
            ended_by = interrupted.signal
            conclusion = conclude(training, interrupted=bool(ended_by))
            files.keep(history, weights(training))
            listener.on_end(conclusion.outcome)
            case = Case.of(training, events, conclusion, seconds)
            findings = [] if ended_by else findings_of(case, overrides, note, listener, interrupted, repeat)
            files.explain([finding.to_dict() for finding in findings])
        except BaseException as error:
            _abandon(files, training, error, listener, tracker)
            if isinstance(error, OSError):
                raise RunError(f"{folder}: {error.strerror or error}; the run ended at step {training.step}") from error
            raise
        if tracker is not None:
            listener.on_delivery()
        summed = summary(training, conclusion, seconds, _run_id(tracker))
        files.end(summed)
    delivered = tracker.finish(folder, _DELIVERY_PATIENCE) if tracker is not None else None
    return RunResult(setup, conclusion.outcome, summed, folder, history, events, findings, ended_by, delivered)


def findings_of(
    case: Case,
    overrides: Sequence[str],
    note: Callable[[Event], None],
    listener: Listener,
    interrupted: Interruption,
    repeat: Repeat = command,
) -> list[Finding]:
    """What the diagnosis says; a diagnosis that breaks must not take the run with it, and becomes an event."""
    if not case.setup.settings.diagnosis.enabled:
        return []
    try:
        return diagnose(case, overrides, tell=listener.on_attempt, stop=interrupted, repeat=repeat)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        note(DiagnosisFailedEvent(DIAGNOSIS_FAILED, len(case.history) - 1, "diagnosis", reason))
        return []


def _run_id(tracker: Tracker | None) -> str | None:
    """The run's id in MLflow, unless the user has waited long enough for it."""
    try:
        return tracker.run_id(_ID_PATIENCE) if tracker is not None else None
    except KeyboardInterrupt:
        return None


def _abandon(
    files: RunFolder, training: Training, error: BaseException, listener: Listener, tracker: Tracker | None
) -> None:
    """Close a run that an error ended, as well as the disk still allows."""
    outcome, status = ("interrupted", "KILLED") if isinstance(error, KeyboardInterrupt) else ("failed", "FAILED")
    listener.on_end(outcome)
    reason = f"{type(error).__name__}: {error}"
    summed = {
        "outcome": outcome,
        "status": status,
        "reason": reason,
        "steps": training.step,
        "seconds": None,
        "mlflow_run_id": None,
        "final": {},
        "best": {},
    }
    try:
        files.end(summed)
    except OSError:
        return  # the disk that gave up before; the error itself is told by the caller
    if tracker is not None:
        tracker.finish(files.path, _DELIVERY_PATIENCE)


def exit_code(result: RunResult, fail_on: Sequence[str]) -> int:
    """0; 1 for an outcome in `fail_on`; 130 after Ctrl-C, 143 after SIGTERM."""
    if result.signal:
        return 128 + signal.Signals(result.signal)
    return int(result.outcome in fail_on)
