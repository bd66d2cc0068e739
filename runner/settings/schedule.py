"""The settings of `optimizer.schedule`: how the learning rate changes from step to step.

The formulas are in `runner.training.rates`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from runner.settings.base import Section


class ConstantSchedule(Section):
    """The same learning rate at every step."""

    name: Literal["constant"] = "constant"


class StepSchedule(Section):
    """The learning rate times `factor` after each `every` steps."""

    name: Literal["step"] = "step"
    every: Annotated[int, Field(ge=1)] = 1000
    factor: Annotated[float, Field(gt=0)] = 0.5


class CosineSchedule(Section):
    """Half a cosine from the learning rate down to `final` times it, over all steps."""

    name: Literal["cosine"] = "cosine"
    final: Annotated[float, Field(ge=0, le=1)] = 0.0


class WarmupSchedule(Section):
    """A straight line up to the learning rate over the first `steps` steps, constant from there."""

    name: Literal["warmup"] = "warmup"
    steps: Annotated[int, Field(ge=1)] = 100


Schedule = ConstantSchedule | StepSchedule | CosineSchedule | WarmupSchedule

SCHEDULES: dict[str, type[BaseModel]] = {
    "constant": ConstantSchedule,
    "step": StepSchedule,
    "cosine": CosineSchedule,
    "warmup": WarmupSchedule,
}
