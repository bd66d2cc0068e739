"""What Hydra is given to carry out in a multirun: jobs one by one, or, from our own launcher, all of a sweep at once.

Other launchers (basic, joblib) call it for each job, in this process or, pickled, in another one; other
sweepers (optuna) get the loss that a job ended with.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig

from runner.cli.exit_codes import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_MISUSED,
    EXIT_TERMINATED,
    Terminated,
    protected,
)
from runner.cli.screen.progress import run_with_progress
from runner.cli.screen.summary import print_job
from runner.cli.sweeping import Sweeping
from runner.composition.composing import task_config
from runner.composition.configuration import Configuration
from runner.composition.jobs.expansion import planned, planned_by_others
from runner.composition.provenance import from_environment
from runner.composition.secrets import recordable, restored
from runner.errors import RunError
from runner.experiment import RunResult, exit_code, prepare
from runner.files.summary import Summary
from runner.files.sweep_lines import SweepLine
from runner.report.trackers import trackers
from runner.settings import validate
from runner.sweeps.job import Plan
from runner.sweeps.page.writer import MODULE
from runner.tracking.trackers import TrackerOf


class JobTask:
    """The task of one multirun, a context manager; `configuration` is that of its first job."""

    def __init__(self, configuration: Configuration) -> None:
        self._first = configuration.settings
        self._codes: list[int] = [EXIT_DONE]
        self._process = os.getpid()
        self._stack = ExitStack()
        self._tracker_of: TrackerOf | None = None
        self._sweeping = Sweeping(self._first) if configuration.packs else None

    def __enter__(self) -> Self:
        """Open what all jobs share."""
        self._tracker_of = self._stack.enter_context(trackers(MODULE))
        if self._sweeping is not None:
            self._stack.enter_context(self._sweeping)
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self._stack.close()

    def __getstate__(self) -> dict[str, object]:
        """What another process needs; its tracker is its own."""
        return {"_first": self._first, "_process": self._process}

    def __setstate__(self, state: dict[str, object]) -> None:
        """In another process."""
        self.__dict__.update(state, _codes=[], _tracker_of=None, _sweeping=None)

    def __call__(self, composed: DictConfig) -> float:
        """Carry out one job as a run of its own; gives its objective, infinite where it has none."""
        results: list[RunResult] = []
        # One job's mistake or crash must not take the others with it.
        code = protected(lambda: self._train(composed, results))
        # A job that could not start has failed: where it ran, which depends on the cores, must make no difference.
        self._codes.append(EXIT_FAILED if code == EXIT_MISUSED else code)
        if code in (EXIT_INTERRUPTED, EXIT_TERMINATED):
            raise Terminated if code == EXIT_TERMINATED else KeyboardInterrupt
        if code != EXIT_DONE and os.getpid() != self._process:
            raise RunError("the job failed, as it says above")  # the only way to be heard from here
        return objective(results[0].ended) if results else math.inf

    def plan(self, loader: ConfigLoader, master: DictConfig, arguments: Sequence[str]) -> Plan:
        """All jobs of these arguments of a multirun, checked."""
        return planned(loader, master, arguments, self._first)

    def plan_of(self, loader: ConfigLoader, master: DictConfig, lines: Sequence[Sequence[str]], first: int) -> Plan:
        """The jobs of these override lists, numbered from `first` on."""
        return planned_by_others(loader, master, lines, first, self._first)

    def launch(self, plan: Plan) -> list[JobReturn]:
        """Carry out jobs in packs."""
        assert self._sweeping is not None
        assert self._tracker_of is not None
        lines = self._sweeping.carry_out(plan, self._tracker_of(self._first.tracking))
        return [_returned(plan, line) for line in lines]

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended the sweep: no more jobs must be asked for."""
        return self._sweeping is not None and self._sweeping.interrupted

    def heard(self, returns: Sequence[JobReturn]) -> Sequence[JobReturn]:
        """What another launcher gives, once its failures are known."""
        self._codes += [EXIT_FAILED for one in returns if one.status == JobStatus.FAILED]
        return returns

    def end(self) -> int:
        """The exit code of all jobs, once everything is printed and delivered."""
        if self._sweeping is not None:
            self._codes.append(self._sweeping.end())
        return max(self._codes)

    def _train(self, composed: DictConfig, results: list[RunResult]) -> int:
        taken = from_environment(task_config(composed, resolve=False))  # no error of what follows must quote it
        settings = restored(validate(task_config(composed)), self._first)
        job = HydraConfig.get()
        overrides = list(job.overrides.task)
        written = recordable(settings, taken)
        folder = Path(job.runtime.output_dir)
        with ExitStack() as stack:
            tracker_of = self._tracker_of or stack.enter_context(trackers())
            result = run_with_progress(prepare(settings), folder, overrides, tracker_of(settings.tracking), written)
        results.append(result)
        print_job(str(job.job.num), overrides, result)
        return exit_code(result, settings.fail_on)


def objective(ended: Summary | SweepLine) -> float:
    """What a sweeper that looks for the best minimises: the validation loss where there is one, else the loss."""
    final = ended.final
    value = final.get("valid_loss") if final.get("valid_loss") is not None else final.get("loss")
    return math.inf if value is None or ended.outcome in ("nan", "failed") else float(value)


def _returned(plan: Plan, line: SweepLine) -> JobReturn:
    job = next(job for job in plan.jobs if job.number == line.job)
    return JobReturn(
        overrides=list(job.overrides), status=JobStatus.COMPLETED, _return_value=objective(line), task_name="whynan"
    )
