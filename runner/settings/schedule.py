"""The settings of `optimizer.schedule`: how the learning rate changes from step to step.

The formulas are in `runner.training.updates.rates`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from runner.settings.base import Metric, Mistake, Section, refuse


class ConstantSchedule(Section):
    """The same learning rate at every step."""

    name: Literal["constant"] = "constant"


class StepSchedule(Section):
    """The learning rate times `factor` after each `every` steps."""

    name: Literal["step"] = "step"
    every: Annotated[int, Field(ge=1)] = 1000
    factor: Annotated[float, Field(gt=0)] = 0.5


class ExponentialSchedule(Section):
    """The learning rate times `factor` over each `every` steps, a little at each of them."""

    name: Literal["exponential"] = "exponential"
    every: Annotated[int, Field(ge=1)] = 1000
    factor: Annotated[float, Field(gt=0)] = 0.5


class MilestonesSchedule(Section):
    """The learning rate times `factor` at each of the steps `at`."""

    name: Literal["milestones"] = "milestones"
    at: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(strict=False, min_length=1)]
    factor: Annotated[float, Field(gt=0)] = 0.1

    @model_validator(mode="after")
    def _rising(self) -> MilestonesSchedule:
        if any(one >= other for one, other in pairwise(self.at)):
            refuse([Mistake("at", "must be steps in rising order", list(self.at))])
        return self


class PlateauSchedule(Section):
    """The learning rate times `factor` whenever `metric` has not improved within `patience` evaluations.

    An improvement is one by more than the share `threshold` of the best value so far. The rate is not lowered below
    `min_lr`. Evaluations are those of `watch.evaluate`.
    """

    name: Literal["plateau"] = "plateau"
    metric: Metric = "loss"
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    patience: Annotated[int, Field(ge=1)] = 10
    threshold: Annotated[float, Field(ge=0, lt=1)] = 1e-4
    min_lr: Annotated[float, Field(ge=0)] = 0.0


class CosineSchedule(Section):
    """Half a cosine from the learning rate down to `final` times it, over all steps."""

    name: Literal["cosine"] = "cosine"
    final: Annotated[float, Field(ge=0, le=1)] = 0.0


class WarmupSchedule(Section):
    """A straight line up to the learning rate over the first `steps` steps, constant from there."""

    name: Literal["warmup"] = "warmup"
    steps: Annotated[int, Field(ge=1)] = 100


Schedule = (
    ConstantSchedule
    | StepSchedule
    | ExponentialSchedule
    | MilestonesSchedule
    | PlateauSchedule
    | CosineSchedule
    | WarmupSchedule
)

SCHEDULES: dict[str, type[BaseModel]] = {
    "constant": ConstantSchedule,
    "step": StepSchedule,
    "exponential": ExponentialSchedule,
    "milestones": MilestonesSchedule,
    "plateau": PlateauSchedule,
    "cosine": CosineSchedule,
    "warmup": WarmupSchedule,
}
