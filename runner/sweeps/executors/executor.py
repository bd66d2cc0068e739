"""The interface between the driver of a sweep and what carries out its packs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from runner.files.sweep_lines import SweepLine
from runner.sweeps.work import Work

WorkPack = tuple[Work, ...]
# The results of a pack; None now and then while there is none, so that the driver can look at the clock.
Arrival = list[SweepLine] | None


class Executor(Protocol):
    """Carries out packs, `workers` at a time."""

    workers: int

    def carry_out(self, packs: Sequence[WorkPack]) -> Iterator[Arrival]:
        """Give the results of each pack when it has ended: each job once, even if workers were lost on the way."""

    def stop(self) -> None:
        """Start no more packs, and stop the running ones; their results are not given."""
