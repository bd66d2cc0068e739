"""Where a run is reported while it happens: its folder, its listeners, MLflow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runner.diagnosis.theirs.nonfinite import located
from runner.experiment.result import Request
from runner.files.events import Event, NonfiniteEvent
from runner.files.names import CHANGES, CHECKPOINTS, FIX
from runner.files.paths import patch_command
from runner.files.run_folder import RunFolder
from runner.files.summary import Summary
from runner.tracking.notices import StoreNotices
from runner.training.checkpoints import Checkpoint, Checkpoints
from runner.training.environment import changes
from runner.training.history import History
from runner.training.listeners import Listener, Listeners
from runner.training.loop import Training
from runner.training.record import record_of
from runner.training.recorder import history_columns
from runner.training.setup import Setup

if TYPE_CHECKING:
    from runner.tracking.client import Delivered, Tracker

# Seconds that the end of a run waits for MLflow: for the run's id, and for the rest to arrive.
_ID_PATIENCE, _DELIVERY_PATIENCE = 30.0, 120.0


class Output:
    """Where a run is reported while it happens: its folder, its listeners, and MLflow by a tracker."""

    def __init__(self, files: RunFolder, listeners: Sequence[Listener], tracker: Tracker | None) -> None:
        self.files, self.listener, self.events = files, Listeners(listeners), list[Event]()
        self._tracker = tracker
        if tracker is not None:
            tracker.start(files.path)
            notices = StoreNotices(partial(tracker.trouble, files.path), self.listener.on_notice)
            self.listener = Listeners([*listeners, notices])

    def training(self, setup: Setup, checkpoint: Checkpoint | None) -> Training:
        """The training that is reported here, at its start or at the checkpoint."""
        files, columns = self.files, history_columns(setup)
        history = History(columns, files.append)
        checkpoints = Checkpoints(files.path / CHECKPOINTS, setup.settings.checkpoint.keep, files.settle)
        training: Training

        def note(event: Event) -> None:
            """An event of the loop, of somebody's own network with the line in which its first NaN arose."""
            if isinstance(event, NonfiniteEvent) and event.first and not setup.is_ours:
                theta, samples = training.workspace.theta, training.batches.samples(training.step)
                event = located(event, setup, theta, samples)
            self.note(event)

        training = Training(setup, history, note, self.listener, checkpoints)
        if checkpoint is not None and checkpoint.step:
            history.begin_with(files.rows(len(columns)))
            self.events += files.events(before=checkpoint.step)
            training.go_on_from(checkpoint, self.events)
        return training

    def note(self, event: Event) -> None:
        """Write an event, and report it to the listeners."""
        self.events.append(event)
        self.files.note(event)
        self.listener.on_event(event)

    def leave(self, file: Path, patch: str) -> str:
        """Leave a patch of somebody's file, fix_1.diff and so on; gives the command that applies it."""
        number = 1 + len(list(self.files.path.glob(FIX.format("*"))))
        self.files.write(FIX.format(number), patch)
        return patch_command(file, self.files.path / FIX.format(number))

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


def folder_of(setup: Setup, folder: Path, request: Request, checkpoint: Checkpoint | None) -> RunFolder:
    """A new folder for the run, or that of the run that is resumed."""
    if checkpoint is not None:
        return RunFolder.reopened(folder, checkpoint.step, len(history_columns(setup)))
    files = RunFolder(folder, record_of(setup, request.overrides, request.config))
    if setup.settings.tracking.diff:
        files.write(CHANGES, changes())
    return files
