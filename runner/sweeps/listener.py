"""What others may hear of a sweep while it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from runner.files.sweep_lines import SweepLine


class SweepListener:
    """Hears nothing; override what you want to hear. All methods are called in the driver."""

    def on_plan(self, *, jobs: int, reused: int, packs: int, workers: int) -> None:
        """Called when jobs are about to be handed out: how many there are, how many of them are known already."""

    def on_result(self, result: SweepLine, overrides: Sequence[str]) -> None:
        """Called as each job ends, with its line of results.jsonl."""

    def on_tick(self, running: int) -> None:
        """Called some times a second: so many jobs are being trained."""

    def on_delivery(self, done: int, total: int) -> None:
        """Called while MLflow takes what is left: so many runs of so many are there."""
