"""A sweep on the command line: its board while it goes on, and what is printed when it has ended."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from runner.cli.exit_codes import EXIT_DONE
from runner.cli.screen.sweep_board import SweepBoard
from runner.cli.screen.sweep_summary import print_sweep
from runner.composition.recorded import naming
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import SweepLine
from runner.settings import Settings
from runner.sweeps.job import Plan
from runner.sweeps.tracked import TrackedSweep
from runner.tracking.client import Tracker


class Sweeping:
    """One sweep, from the first jobs that are asked for to its end; a context manager, in which workers get ready."""

    def __init__(self, settings: Settings) -> None:
        self._stack = ExitStack()
        self._board = SweepBoard()
        self._naming = naming(settings.subject.model_dump())
        self._sweep = TrackedSweep(settings, self._board)

    def __enter__(self) -> Self:
        """Start the workers."""
        self._stack.enter_context(self._board)
        self._stack.enter_context(self._sweep)
        return self

    def __exit__(self, *error: object) -> None:
        """End them."""
        self._stack.close()

    def carry_out(self, plan: Plan, tracker: Tracker | None) -> list[SweepLine]:
        """Carry out the jobs of a plan; gives the results of those that ended."""
        return self._sweep.carry_out(plan, tracker)

    def go_on(self, folder: SweepFolder, plan: Plan, known: list[SweepLine], tracker: Tracker | None) -> None:
        """Carry out what is missing of a sweep that was cut off."""
        self._sweep.go_on(folder, plan, known, tracker)

    def end(self) -> int:
        """Write, deliver and print the results; gives the exit code."""
        result = self._sweep.end()
        if result is None:  # nothing was ever asked for
            return EXIT_DONE
        self._stack.close()
        print_sweep(result.folder, result.summary, result.delivered, self._naming)
        return self._sweep.exit_code

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended it."""
        return self._sweep.interrupted
