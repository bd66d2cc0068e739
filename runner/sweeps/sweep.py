"""A sweep from its jobs to its results: known results are reused, the other jobs are carried out in packs.

One driver process writes the files of the sweep; workers write the folders of their jobs, and another process delivers
them to MLflow. If the sweep is cut off, its folder records how far it came, and `resume` continues it.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

from runner.files.run_folder import is_whole
from runner.files.run_record import new_key, now
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import JobLine, SweepLine, SweepRecord, SweepSummary
from runner.settings.sweep import SweepSettings
from runner.sweeps.executors import EXECUTORS
from runner.sweeps.executors.executor import Executor
from runner.sweeps.fingerprint import fingerprint
from runner.sweeps.job import Job, Plan
from runner.sweeps.listener import SweepListener
from runner.sweeps.outcome_files import get_ready, write_results
from runner.sweeps.planning import UnderWay, packs
from runner.sweeps.reuse import FinishedRuns, take_over
from runner.sweeps.work import Work
from runner.training.environment import environment, versions
from runner.training.stopping import interruption

# Seconds that the driver does other work between looks at new results.
_WHILE = 0.1


class Sweep:
    """One sweep, a context manager; `outputs` is the folder of all runs, `folder` that of the sweep once it has one.

    `carry_out` may be called several times: a sweeper that learns from results asks for a few jobs at a time.
    """

    def __init__(self, settings: SweepSettings, listener: SweepListener, outputs: Path) -> None:
        self.settings, self._listener = settings, listener
        self.folder: SweepFolder | None = None
        self.signal = 0  # the signal that ended the sweep, 0 where none did
        self.reason: str | None = None  # why it ended early
        self.results: dict[int, SweepLine] = {}
        self._finished = FinishedRuns(outputs)
        self._fingerprints: dict[str, Job] = {}
        self._planned = 0
        self._started = time.monotonic()
        self._stack = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Self:
        """Start the workers, which import what they need while the jobs are composed."""
        self._executor = self._stack.enter_context(EXECUTORS[self.settings.executor](self.settings))
        return self

    def __exit__(self, *error: object) -> None:
        """End the workers."""
        self._stack.close()

    def carry_out(self, jobs: Sequence[Job], *, known: Mapping[int, SweepLine] | None = None) -> list[SweepLine]:
        """Carry out jobs that are new to the sweep; gives the results of those that ended, in the order of the jobs.

        With `known`, results from before the sweep was cut off, the jobs are those that it has recorded.
        """
        by_number = {job.number: job for job in jobs}
        marks = {job.number: fingerprint(job.settings) for job in jobs}
        originals = {job.number: self._fingerprints.setdefault(marks[job.number], job) for job in jobs}
        same_as = {number: job.number for number, job in originals.items() if job.number != number}
        if known is None:
            self._files.add_jobs(self._line(job, marks[job.number], same_as.get(job.number)) for job in jobs)
        self.results.update(known or {})
        self._planned += len(jobs)
        missing = [job for job in jobs if job.number not in self.results]
        reused = [line for job in missing if (line := self._taken_over(job, marks[job.number])) is not None]
        self._keep(reused, by_number)
        first = [job for job in missing if job.number not in self.results and job.number not in same_as]
        self._work(first, by_number, marks)
        again = [job for job in missing if job.number in same_as and job.number not in self.results]
        self._keep(
            [line for job in again if (line := self._repeated(job, originals[job.number])) is not None], by_number
        )
        return [self.results[job.number] for job in jobs if job.number in self.results]

    def end(self) -> SweepSummary:
        """Write the table, the ranking and the map, then the summary; gives the summary."""
        outcomes = Counter(line.counted for line in self.results.values())
        outcome, status = "finished", "FINISHED"
        if outcomes["failed"]:
            outcome, status = "failed", "FAILED"
        if self.reason is not None:
            outcome, status = "interrupted", "KILLED"
        write_results(self._files.path)
        summary = SweepSummary(
            outcome,
            status,
            self.reason,
            jobs=self._planned,
            done=len(self.results),
            reused=sum(line.reused for line in self.results.values()),
            outcomes=dict(outcomes.most_common()),
            seconds=time.monotonic() - self._started,
            ended=round(1000 * time.time()),
        )
        self._files.end(summary)
        return summary

    @property
    def _files(self) -> SweepFolder:
        assert self.folder is not None, "a sweep has a folder before it has jobs"
        return self.folder

    def _work(self, jobs: Sequence[Job], by_number: Mapping[int, Job], marks: Mapping[int, str]) -> None:
        assert self._executor is not None
        records = _records_of(by_number.values())
        meanwhile = itertools.chain(records, get_ready())
        planned = packs([_work_of(job) for job in jobs], self._executor.workers)
        self._listener.on_plan(
            jobs=self._planned, reused=len(self.results), packs=len(planned), workers=self._executor.workers
        )
        under_way = UnderWay(planned, self._executor.workers)
        with interruption() as interrupted:
            for arrival in self._executor.carry_out(planned):
                if arrival:
                    self._keep(arrival, by_number)
                    ended = ((marks[line.job], by_number[line.job].folder, line) for line in arrival)
                    self._finished.add(ended)
                    under_way.ended(line.job for line in arrival)
                self._listener.on_tick(under_way.jobs)
                _go_on(meanwhile, _WHILE)
                self._end_early(interrupted.signal)
            while not interrupted.signal and _go_on(records, _WHILE):
                pass
        self.signal = self.signal or interrupted.signal

    def _end_early(self, signal: int) -> None:
        """Stop the workers after a signal, a failure with `fail_fast`, or at the end of the budget."""
        assert self._executor is not None
        if self.reason is not None:
            return
        budget = self.settings.budget
        if signal:
            self.reason = "interrupted"
        elif self.settings.fail_fast and any(line.outcome == "failed" for line in self.results.values()):
            self.reason = "a job failed, and sweep.fail_fast is set"
        elif budget is not None and time.monotonic() - self._started > budget:
            self.reason = f"sweep.budget, {budget:g} seconds, is used up"
        if self.reason is not None:
            self._executor.stop()

    def _keep(self, lines: Sequence[SweepLine], by_number: Mapping[int, Job]) -> None:
        """Record the results of some jobs, and report them to the listener."""
        if not lines:
            return
        placed = [replace(line, folder=self._files.relative(by_number[line.job].folder)) for line in lines]
        self._files.add_results(placed)
        for line in placed:
            self.results[line.job] = line
            self._listener.on_result(line, by_number[line.job].overrides)

    def _line(self, job: Job, mark: str, same_as: int | None) -> JobLine:
        folder = self._files.relative(job.folder)
        return JobLine(job.number, folder, job.overrides, job.swept, mark, same_as, job.config)

    def _taken_over(self, job: Job, mark: str) -> SweepLine | None:
        """The result of a job that an earlier sweep has carried out; None where there is none."""
        if self.settings.reuse and (found := self._finished.find(mark)) is not None:
            folder, line = found
            if folder.resolve() != job.folder.resolve():
                take_over(folder, job.folder, job.overrides)
            return line.taken_over(job.number)
        return None

    def _repeated(self, job: Job, original: Job) -> SweepLine | None:
        """The result of a job that equals an earlier one of this sweep; None where that one didn't end."""
        line = self.results.get(original.number)
        if line is None:
            return None
        if is_whole(original.folder):
            take_over(original.folder, job.folder, job.overrides)
        return line.taken_over(job.number)


def begin(plan: Plan, *, models: bool) -> SweepFolder:
    """Make the folder of a sweep; `UserError` where it can't be made. `models`: send the jobs' models to MLflow."""
    record = SweepRecord(new_key(), now(), tuple(plan.overrides), plan.factors, models, environment(), versions())
    return SweepFolder.begin(plan.folder, record, plan.multirun)


def _go_on(work: Iterator[None], seconds: float) -> bool:
    """Do steps of some work for a while; whether there is more."""
    until = time.monotonic() + seconds
    return any(time.monotonic() > until for _ in work)


def _work_of(job: Job) -> Work:
    return Work(job.number, job.overrides, job.settings, job.config, job.folder)


def _records_of(jobs: Iterable[Job]) -> Iterator[None]:
    """Write Hydra's record of each job, a few milliseconds per step, while the workers train."""
    for job in jobs:
        for name, text in job.hydra_files().items():
            path = job.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield
