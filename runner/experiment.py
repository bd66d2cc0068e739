"""One run from beginning to end: the folder, the training, the diagnosis, the tracking, the summary.

`prepare` reports everything that is wrong with a configuration and writes nothing; `run` writes the files of the run,
however it ends.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
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
from runner.files.names import CHANGES, CHECKPOINTS
from runner.files.run_folder import RunFolder
from runner.files.run_record import RunRecord
from runner.files.summary import Summary
from runner.subjects.complaint import SubjectError
from runner.threads import one_blas_thread
from runner.tracking.notices import StoreNotices
from runner.training.checkpoints import Checkpoint, Checkpoints
from runner.training.conclusion import Conclusion, conclude
from runner.training.environment import changes
from runner.training.history import History
from runner.training.listeners import Listener, Listeners
from runner.training.loop import StopRules, Training
from runner.training.record import record_of, summary_of, weights_of
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.stopping import Interruption, interruption

if TYPE_CHECKING:
    from runner.tracking.client import Delivered, Tracker

__all__ = ["Request", "RunResult", "Setup", "prepare", "run"]

# Seconds that the end of a run waits for MLflow: for the run's id, and for the rest to arrive.
_ID_PATIENCE, _DELIVERY_PATIENCE = 30.0, 120.0


@dataclass(frozen=True)
class Request:
    """How a run was requested.

    `overrides` are those of the command line; `config` holds the settings that may be saved, where that isn't all
    of them; `repeat` says how a fixed version is written as a command.
    """

    overrides: Sequence[str] = ()
    config: Mapping[str, Any] | None = None
    repeat: Repeat = command


@dataclass(frozen=True)
class RunResult:
    """A run that has ended; `ended` is its summary, `signal` the signal that ended it, 0 where none did."""

    setup: Setup
    ended: Summary
    folder: Path
    history: History
    events: list[Event]
    findings: list[Finding]
    signal: int
    delivered: Delivered | None

    @property
    def outcome(self) -> str:
        """The outcome: `converged`, `nan` and the like."""
        return self.ended.outcome

    @property
    def summary(self) -> dict[str, Any]:
        """What summary.json holds."""
        return self.ended.to_dict()

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended the run."""
        return self.signal != 0

    @property
    def ending(self) -> Ending:
        """What `explain` needs of the run."""
        return Ending(self.ended, self.events, self.findings, self.setup.settings.diagnosis.enabled)

    @property
    def explanation(self) -> str:
        """What was seen, why, and what fixes it, as printed at the end of a run; empty where nothing is wrong."""
        return plain(explanation(self.ending))


def run(
    setup: Setup,
    folder: Path,
    request: Request | None = None,
    *,
    listeners: Sequence[Listener] = (),
    tracker: Tracker | None = None,
    checkpoint: Checkpoint | None = None,
    stop_rules: StopRules = MappingProxyType({}),
) -> RunResult:
    """Train, and write everything to `folder` and, with a `tracker`, to MLflow.

    With a `checkpoint` the run in `folder` is resumed from there; `stop_rules` are asked, before their steps, whether
    the run is to end there. Raises `UserError` if the folder can't be used, `RunError` if writing to it fails later.
    """
    request = request or Request()
    output = _Output(_folder_of(setup, folder, request, checkpoint), listeners, tracker)
    training = _training_of(setup, output, checkpoint)
    with interruption() as interrupted, one_blas_thread(), closing(setup.network):
        try:
            seconds, conclusion = _train(training, output, interrupted, stop_rules)
            ended_by = interrupted.signal
            case = Case.of(training, output.events, conclusion)
            findings = [] if ended_by else findings_of(case, request, output.note, output.listener, interrupted)
            output.files.explain([finding.to_dict() for finding in findings])
        except BaseException as error:
            output.abandon(training.step, error)
            if isinstance(error, SubjectError):
                raise RunError(f"{error}; the run ended at step {training.step:,}") from error
            if isinstance(error, OSError):
                raise RunError(f"{folder}: {error.strerror or error}; the run ended at step {training.step}") from error
            raise
        summary = output.end(partial(summary_of, training, conclusion, seconds))
    delivered = output.deliver()
    return RunResult(setup, summary, folder, training.history, output.events, findings, ended_by, delivered)


def changed_files(record: RunRecord, setup: Setup) -> list[str]:
    """Which files of somebody's own network are no longer what they were in a recorded run, a sentence each."""
    before = (record.subject or {}).get("files") or {}
    now = (setup.network.described().get("subject") or {}).get("files") or {}
    return [
        f"{name} has changed since the run ({str(before.get(name))[:8]} -> {str(now.get(name))[:8]})"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]


def findings_of(
    case: Case, request: Request, note: Callable[[Event], None], listener: Listener, interrupted: Interruption
) -> list[Finding]:
    """The findings of the diagnosis; if it raises, the run is kept all the same, and the error becomes an event."""
    if not case.setup.settings.diagnosis.enabled:
        return []
    try:
        return diagnose(
            case,
            request.overrides,
            report=listener.on_attempt,
            stop=interrupted,
            repeat=request.repeat,
            note=note,
        )
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        note(DiagnosisFailedEvent(DIAGNOSIS_FAILED, len(case.history) - 1, "diagnosis", reason))
        return []


def exit_code(result: RunResult, fail_on: Sequence[str]) -> int:
    """0; 1 for an outcome in `fail_on`; 130 after Ctrl-C, 143 after SIGTERM."""
    if result.signal:
        return 128 + signal.Signals(result.signal)
    return int(result.outcome in fail_on)


class _Output:
    """Where a run is reported while it happens: its folder, its listeners, and MLflow by a tracker."""

    def __init__(self, files: RunFolder, listeners: Sequence[Listener], tracker: Tracker | None) -> None:
        self.files, self.listener, self.events = files, Listeners(listeners), list[Event]()
        self._tracker = tracker
        if tracker is not None:
            tracker.start(files.path)
            notices = StoreNotices(partial(tracker.trouble, files.path), self.listener.on_notice)
            self.listener = Listeners([*listeners, notices])

    def note(self, event: Event) -> None:
        """Write an event, and report it to the listeners."""
        self.events.append(event)
        self.files.note(event)
        self.listener.on_event(event)

    def end(self, summary_of: Callable[[str | None], Summary]) -> Summary:
        """Write the summary, the last of the files; `summary_of` makes it from the run's id in MLflow."""
        if self._tracker is not None:
            self.listener.on_delivery()
        summary = summary_of(self._run_id())
        self.files.end(summary)
        return summary

    def abandon(self, step: int, error: BaseException) -> None:
        """Close a run that an error ended, as well as the disk still allows."""
        outcome, status = ("interrupted", "KILLED") if isinstance(error, KeyboardInterrupt) else ("failed", "FAILED")
        self.listener.on_end(outcome)
        try:
            self.files.end(Summary(outcome, status, step, reason=f"{type(error).__name__}: {error}"))
        except OSError:
            return  # the disk that failed before; the caller reports the error
        self.deliver()

    def deliver(self) -> Delivered | None:
        """Wait, for a limited time, until MLflow has everything; None without tracking."""
        return None if self._tracker is None else self._tracker.finish(self.files.path, _DELIVERY_PATIENCE)

    def _run_id(self) -> str | None:
        """The run's id in MLflow; None if it isn't there in time, or the user presses Ctrl-C."""
        try:
            return None if self._tracker is None else self._tracker.run_id(_ID_PATIENCE)
        except KeyboardInterrupt:
            return None


def _folder_of(setup: Setup, folder: Path, request: Request, checkpoint: Checkpoint | None) -> RunFolder:
    """A new folder for the run, or that of the run that is resumed."""
    if checkpoint is not None:
        return RunFolder.reopened(folder, checkpoint.step, len(history_columns(setup.watch)))
    files = RunFolder(folder, record_of(setup, request.overrides, request.config))
    if setup.settings.tracking.diff:
        files.write(CHANGES, changes())
    return files


def _training_of(setup: Setup, output: _Output, checkpoint: Checkpoint | None) -> Training:
    """The training, at its start or at the checkpoint."""
    files, columns = output.files, history_columns(setup.watch)
    history = History(columns, files.append)
    checkpoints = Checkpoints(files.path / CHECKPOINTS, setup.settings.checkpoint.keep, files.settle)
    training = Training(setup, history, output.note, output.listener, checkpoints)
    if checkpoint is not None and checkpoint.step:
        history.begin_with(files.rows(len(columns)))
        output.events += files.events(before=checkpoint.step)
        training.go_on_from(checkpoint, output.events)
    return training


def _train(
    training: Training, output: _Output, interrupted: Interruption, stop_rules: StopRules
) -> tuple[float, Conclusion]:
    """Train, and save history and weights; the seconds that it took, and the conclusion."""
    if training.setup.settings.diagnosis.enabled:
        for suspicion in foresee(training.setup):
            output.listener.on_suspicion(suspicion.cause, suspicion.symptom)
    seconds = training.run(interrupted, stop_rules)
    conclusion = conclude(training, interrupted=bool(interrupted.signal))
    output.files.keep(training.history.columns, training.history.rows, weights_of(training))
    output.listener.on_end(conclusion.outcome)
    return seconds, conclusion
