"""Callbacks of a sweep while it runs."""

from __future__ import annotations

from collections.abc import Sequence

from runner.files.sweep_lines import SweepLine


class SweepListener:
    """Does nothing; override the methods you need. All are called in the driver process."""

    def on_plan(self, *, jobs: int, reused: int, packs: int, workers: int) -> None:
        """Called before the first job starts, with the number of jobs, and of those whose results are known already."""

    def on_result(self, result: SweepLine, overrides: Sequence[str]) -> None:
        """Called as each job ends, with its line of results.jsonl."""

    def on_tick(self, running: int) -> None:
        """Called several times a second with the number of jobs that are being trained."""

    def on_delivery(self, done: int, total: int) -> None:
        """Called at the end while runs are still being delivered to MLflow: `done` of `total` have arrived."""
