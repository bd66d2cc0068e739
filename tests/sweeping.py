"""Sweeps in this process, for tests of what they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from composed import settings_of

from runner.files.sweep_lines import SweepLine, SweepSummary
from runner.settings.sweep import SweepSettings
from runner.sweeps.executors import EXECUTORS
from runner.sweeps.executors.executor import Arrival, WorkPack
from runner.sweeps.job import Job, Plan
from runner.sweeps.listener import SweepListener
from runner.sweeps.sweep import Sweep, begin
from runner.sweeps.work import carry_out

TINY = ["dataset=xor", "steps=60", "tracking=none"]


class InThisProcess:
    """An executor without processes of its own."""

    workers = 1

    def __init__(self) -> None:
        self.stopped = False
        self.packs: list[WorkPack] = []

    def carry_out(self, packs: Sequence[WorkPack]) -> Iterator[Arrival]:
        """One pack after the other."""
        for pack in packs:
            if self.stopped:
                return
            self.packs.append(pack)
            yield carry_out(pack)

    def stop(self) -> None:
        """Begin no more."""
        self.stopped = True


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> InThisProcess:
    """Have sweeps carried out in this process."""
    found = InThisProcess()

    @contextmanager
    def opened(settings: SweepSettings) -> Iterator[InThisProcess]:
        yield found

    monkeypatch.setitem(EXECUTORS, "local", opened)
    return found


def jobs_of(folder: Path, swept: Sequence[Mapping[str, Any]], common: Sequence[str] = TINY) -> list[Job]:
    """A job for each mapping of swept keys."""
    jobs = []
    for number, values in enumerate(swept):
        overrides = [f"{key}={value}" for key, value in values.items()]
        settings = settings_of([*common, *overrides])
        config = settings.model_dump(mode="json")
        jobs.append(Job(number, tuple(overrides), values, settings, config, folder / str(number), dict))
    return jobs


def swept_in(
    folder: Path, jobs: Sequence[Job], outputs: Path | None = None
) -> tuple[Sweep, list[SweepLine], SweepSummary]:
    """Carry out jobs in a new sweep; the sweep, the lines of its results, its summary."""
    factors: dict[str, list[Any]] = {}
    for job in jobs:
        for key, value in job.swept.items():
            factors.setdefault(key, [])
            factors[key] += [value] if value not in factors[key] else []
    plan = Plan(jobs, factors, folder, ["steps=60"], "hydra: {}\n")
    with Sweep(jobs[0].settings.sweep, SweepListener(), outputs or folder.parent) as sweep:
        sweep.folder = begin(plan, models=False)
        lines = sweep.carry_out(jobs)
        return sweep, lines, sweep.end()
