"""The schema of the settings: one model per group, and all validation that needs no data.

What needs the data (a batch larger than the training split, explicit weights of the wrong shape) is checked
where the data are loaded, in `runner.training.setup`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from runner.datasets import FAMILIES, DatasetSettings
from runner.errors import Problem, UserError
from runner.rng import Streams
from runner.settings.base import OF_EACH_RUN, Listed, Mistake, OneOf, Section, Seed, refuse
from runner.settings.diagnosis import DiagnosisSettings, SubjectSettings
from runner.settings.keys import not_given, paths
from runner.settings.loss import LossSettings
from runner.settings.network import FaultName, InitSettings, NetworkSettings
from runner.settings.optimizer import LBFGSSettings, Optimizer, SGDSettings
from runner.settings.outcome import Outcome, OutcomeSettings
from runner.settings.problems import problems
from runner.settings.schedule import PlateauSchedule
from runner.settings.sweep import SweepSettings
from runner.settings.tracking import TagName, Title, TrackingSettings
from runner.settings.watch import CheckpointSettings, Count, EarlyStopSettings, WatchSettings

__all__ = ["Settings", "known_paths", "validate"]


class Settings(Section):
    """All settings of a run, validated as far as is possible without its data."""

    name: Annotated[Title | None, OF_EACH_RUN] = None
    description: Annotated[str | None, OF_EACH_RUN] = None
    tags: Annotated[dict[TagName, str], OF_EACH_RUN] = Field(default_factory=dict)
    seed: Seed = 0
    rng: Literal["pcg64", "legacy"] = "pcg64"
    steps: Count = 4000
    epochs: Count | None = None
    batch_size: Count | None = None
    shuffle: bool = True
    dtype: Literal["float32", "float64"] = "float64"
    runtime: Annotated[Literal["auto", "python"], OF_EACH_RUN] = "auto"
    fail_on: Annotated[tuple[Outcome, ...], Listed] = ()
    dataset: Annotated[DatasetSettings, OneOf("dataset", FAMILIES)] = Field(
        default_factory=lambda: FAMILIES["planar"](name="planar")
    )
    network: NetworkSettings = NetworkSettings()
    init: Annotated[InitSettings, OF_EACH_RUN] = Field(default_factory=InitSettings)
    loss: LossSettings = LossSettings()
    optimizer: Optimizer = SGDSettings()
    faults: Annotated[tuple[FaultName, ...], Listed] = ()
    watch: WatchSettings = WatchSettings()
    outcome: OutcomeSettings = OutcomeSettings()
    checkpoint: CheckpointSettings = CheckpointSettings()
    early_stop: EarlyStopSettings = EarlyStopSettings()
    diagnosis: DiagnosisSettings = DiagnosisSettings()
    tracking: Annotated[TrackingSettings, OF_EACH_RUN] = TrackingSettings()
    sweep: SweepSettings = SweepSettings()
    subject: SubjectSettings = SubjectSettings()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by their values: the models of some choices are made when this package is imported."""
        return Settings.model_validate, (self.model_dump(),)

    def streams(self) -> Streams:
        """The random streams of a run, each at its beginning."""
        return Streams(self.rng, self.seed, self.dataset.seed, self.init.seed)

    @property
    def metrics(self) -> dict[str, str]:
        """The metrics that the run goes by, by the paths that name them."""
        schedule = getattr(self.optimizer, "schedule", None)
        lowers = schedule.metric if isinstance(schedule, PlateauSchedule) else None
        named = {"early_stop.metric": self.early_stop.metric, "optimizer.schedule.metric": lowers}
        return {path: metric for path, metric in named.items() if metric is not None}

    def batch_sizes(self, samples: int) -> tuple[int, ...]:
        """The batch size with so many training samples, and that of the last, smaller batch of an epoch."""
        size = self.batch_size or samples
        return (size, samples % size) if samples % size else (size,)

    def steps_per_epoch(self, samples: int) -> int:
        """Updates in which each training sample is seen once."""
        return -(-samples // (self.batch_size or samples))

    def planned_steps(self, samples: int) -> int:
        """Updates of the whole run."""
        return self.steps if self.epochs is None else self.epochs * self.steps_per_epoch(samples)

    @model_validator(mode="after")
    def _across_groups(self) -> Settings:
        mistakes = []
        for path, metric in self.metrics.items():
            if metric.startswith("valid_") and not self.dataset.validates:
                mistakes.append(Mistake(path, "needs a validation split: set dataset.valid_fraction", metric))
        if isinstance(self.optimizer, LBFGSSettings) and self.batch_size is not None:
            message = "must be null for lbfgs, whose line search needs the loss of all samples"
            mistakes.append(Mistake("batch_size", message, self.batch_size))
        if isinstance(self.optimizer, LBFGSSettings) and any(self.network.dropout_rates):
            message = "must be 0 for lbfgs, whose line search needs the same loss at each of its trials"
            mistakes.append(Mistake("network.dropout", message, self.network.dropout))
        if isinstance(self.optimizer, LBFGSSettings) and self.network.batch_norm:
            message = "must be false for lbfgs, whose long steps leave the running statistics behind"
            mistakes.append(Mistake("network.batch_norm", message, self.network.batch_norm))
        refuse(mistakes)
        return self


@cache
def known_paths() -> frozenset[str]:
    """Every dotted path of the schema ("optimizer.lr"), those of every choice by name included."""
    return frozenset(paths(Settings))


def validate(config: Mapping[str, Any], *, files: Callable[[], Mapping[str, str]] = dict) -> Settings:
    """The settings that `config` describes, in which `???` marks what must be given.

    Raises one `UserError` with all its mistakes where there are any; `files`, asked only then, gives the YAML file that
    sets a dotted path, for those that a file sets.
    """
    found: dict[str, Problem] = {}
    try:
        settings = Settings.model_validate(dict(config))
    except ValidationError as error:
        found = {problem.path: problem for problem in problems(error, Settings, config)}
    found |= {path: Problem(path, "must be given") for path in not_given(config)}
    if found:
        where = files()
        raise UserError([_with_file(problem, where) for problem in found.values()])
    return settings


def _with_file(problem: Problem, files: Mapping[str, str]) -> Problem:
    path = re.sub(r"\[\d+\].*", "", problem.path)  # a list stands in one file, whichever element is wrong
    return replace(problem, file=files[path]) if path in files else problem
