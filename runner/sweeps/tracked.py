"""A sweep with its workers and its delivery to MLflow, from the first jobs that are asked for to its end."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import SweepLine
from runner.settings import Settings
from runner.sweeps.job import Plan
from runner.sweeps.listener import SweepListener
from runner.sweeps.result import SweepResult
from runner.sweeps.sweep import Sweep, begin
from runner.tracking.client import Delivered, Tracker
from runner.tracking.trackers import OUTPUTS

# Seconds that the end of a sweep waits for MLflow while it takes what is left, and while it fails.
_PATIENCE, _PATIENCE_WITH_ERRORS = 3600.0, 10.0
_LOOK_AGAIN = 0.3


class TrackedSweep:
    """One sweep; a context manager, in which workers get ready. `listener` is called with what happens."""

    def __init__(self, settings: Settings, listener: SweepListener) -> None:
        self._settings, self._listener = settings, listener
        self._workers = ExitStack()
        self._sweep = Sweep(settings.sweep, listener, OUTPUTS)
        self._tracker: Tracker | None = None

    def __enter__(self) -> Self:
        """Start the workers."""
        self._workers.enter_context(self._sweep)
        return self

    def __exit__(self, *error: object) -> None:
        """End them."""
        self._workers.close()

    def carry_out(self, plan: Plan, tracker: Tracker | None) -> list[SweepLine]:
        """Carry out the jobs of a plan; gives the results of those that ended."""
        if self._sweep.folder is None:
            folder = begin(plan, models=self._settings.sweep.model)
            self._begin(folder, tracker)
        return self._sweep.carry_out(plan.jobs)

    def go_on(self, folder: SweepFolder, plan: Plan, known: list[SweepLine], tracker: Tracker | None) -> None:
        """Carry out what is missing of a sweep that was cut off."""
        self._begin(folder, tracker)
        self._sweep.carry_out(plan.jobs, known={line.job: line for line in known})

    def end(self) -> SweepResult | None:
        """Write and deliver the results; None where nothing was ever asked for."""
        self._workers.close()
        if self._sweep.folder is None:
            return None
        folder = self._sweep.folder
        summary = self._sweep.end()
        return SweepResult(folder.path, summary, self._delivered(folder.path, len(self._sweep.results)))

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended it."""
        return self._sweep.signal != 0

    @property
    def exit_code(self) -> int:
        """That of the sweep as far as it is: 0, 1 where a job failed, or 128 and the signal that ended it."""
        if self._sweep.signal:
            return 128 + signal.Signals(self._sweep.signal)
        outcomes = {line.outcome for line in self._sweep.results.values()}
        return int(bool(outcomes & {"failed", *self._settings.fail_on}))

    def _begin(self, folder: SweepFolder, tracker: Tracker | None) -> None:
        self._sweep.folder, self._tracker = folder, tracker
        if tracker is not None:
            tracker.start(folder.path)

    def _delivered(self, folder: Path, total: int) -> Delivered | None:
        """Wait until MLflow has it all, as long as it takes more; None without tracking."""
        if self._tracker is None:
            return None
        started = time.monotonic()
        while True:
            run = self._tracker.finish(folder, _LOOK_AGAIN)
            waited = time.monotonic() - started
            if run.delivered is not None or waited > (_PATIENCE_WITH_ERRORS if run.error else _PATIENCE):
                return run
            self._listener.on_delivery(run.children, total)
