"""What the driver of a sweep asks of whoever carries out its packs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from runner.files.sweep_lines import SweepLine
from runner.sweeps.work import Work

WorkPack = tuple[Work, ...]
# What came of the jobs of a pack; None now and then while nothing comes, so that the driver can look at the clock.
Arrival = list[SweepLine] | None


class Executor(Protocol):
    """Carries out packs; `workers` at a time."""

    workers: int

    def carry_out(self, packs: Sequence[WorkPack]) -> Iterator[Arrival]:
        """Give what came of each pack when it has ended: each job once, whatever became of workers on the way."""

    def stop(self) -> None:
        """Begin no more packs, and tell those under way to end; what they were doing is not given."""
