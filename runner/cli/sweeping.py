"""A sweep on the command line: its folder, its board, MLflow, and what is printed when it has ended."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from runner.cli.exit_codes import EXIT_DONE, EXIT_FAILED
from runner.cli.screen.sweep_board import SweepBoard
from runner.cli.screen.sweep_summary import print_sweep
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import SweepLine
from runner.settings import Settings
from runner.sweeps.job import Plan
from runner.sweeps.sweep import Sweep, begin
from runner.tracking.client import Delivered, Tracker
from runner.tracking.trackers import OUTPUTS

# Seconds that the end of a sweep waits for MLflow while it takes what is left, and while it fails.
_PATIENCE, _PATIENCE_WITH_ERRORS = 3600.0, 10.0
_LOOK_AGAIN = 0.3


class Sweeping:
    """One sweep, from the first jobs that are asked for to its end; a context manager, in which workers get ready."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._board = SweepBoard()
        self._stack = ExitStack()
        self._workers = ExitStack()
        self._sweep = Sweep(settings.sweep, self._board, OUTPUTS)
        self._tracker: Tracker | None = None

    def __enter__(self) -> Self:
        """Start the workers."""
        self._stack.enter_context(self._board)
        self._stack.enter_context(self._workers)
        self._workers.enter_context(self._sweep)
        return self

    def __exit__(self, *error: object) -> None:
        """End them."""
        self._stack.close()

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

    def end(self) -> int:
        """Write, deliver and print the results; gives the exit code."""
        if self._sweep.folder is None:  # nothing was ever asked for
            return EXIT_DONE
        self._workers.close()
        folder = self._sweep.folder
        summary = self._sweep.end()
        delivered = self._delivered(folder.path, len(self._sweep.results))
        self._stack.close()
        print_sweep(folder.path, summary, delivered)
        return self.exit_code

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended it."""
        return self._sweep.signal != 0

    @property
    def exit_code(self) -> int:
        """That of the sweep as far as it is."""
        if self._sweep.signal:
            return 128 + signal.Signals(self._sweep.signal)
        outcomes = {line.outcome for line in self._sweep.results.values()}
        return EXIT_FAILED if outcomes & {"failed", *self._settings.fail_on} else EXIT_DONE

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
            self._board.on_delivery(run.children, total)
