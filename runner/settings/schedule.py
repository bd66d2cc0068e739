"""The settings of `optimizer.schedule`: how the learning rate changes from step to step.

The formulas are in `runner.training.rates`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from runner.settings.base import Mistake, Section, refuse


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


class CosineSchedule(Section):
    """Half a cosine from the learning rate down to `final` times it, over all steps."""

    name: Literal["cosine"] = "cosine"
    final: Annotated[float, Field(ge=0, le=1)] = 0.0


class WarmupSchedule(Section):
    """A straight line up to the learning rate over the first `steps` steps, constant from there."""

    name: Literal["warmup"] = "warmup"
    steps: Annotated[int, Field(ge=1)] = 100


Schedule = ConstantSchedule | StepSchedule | ExponentialSchedule | MilestonesSchedule | CosineSchedule | WarmupSchedule

SCHEDULES: dict[str, type[BaseModel]] = {
    "constant": ConstantSchedule,
    "step": StepSchedule,
    "exponential": ExponentialSchedule,
    "milestones": MilestonesSchedule,
    "cosine": CosineSchedule,
    "warmup": WarmupSchedule,
}
