"""The settings of `optimizer`: how a gradient becomes an update."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from runner.settings.base import OF_EACH_RUN, Mistake, OneOf, Section, refuse
from runner.settings.schedule import SCHEDULES, ConstantSchedule, PlateauSchedule, Schedule

Decay = Annotated[float, Field(ge=0, lt=1), OF_EACH_RUN]  # of a running mean
Positive = Annotated[float, Field(gt=0), OF_EACH_RUN]


def _number_or_auto(value: object) -> object:
    if isinstance(value, str) and value != AUTO:
        raise PydanticCustomError("rule", "{message}", {"message": "must be a number, or auto"})
    return value


AUTO: Literal["auto"] = "auto"
Rate = Annotated[Annotated[float, Field(gt=0)] | Literal["auto"], BeforeValidator(_number_or_auto), OF_EACH_RUN]
NotNegative = Annotated[float, Field(ge=0), OF_EACH_RUN]


class OptimizerSettings(Section):
    """What every optimiser has: `weight_decay` adds decay x W to the gradient (biases not) and its penalty to the loss.

    Others than those of `GradientSettings` choose the length of their steps by themselves: their `rate` is 1.
    """

    name: str
    weight_decay: NotNegative = 0.0

    @property
    def rate(self) -> float:
        """The learning rate, as a number."""
        return 1.0

    @property
    def is_auto(self) -> bool:
        """Whether the learning rate is to be chosen for the data."""
        return False

    @property
    def decay_in_loss(self) -> float:
        """The weight decay whose penalty, half the squared norm of W, is in the loss and in its gradient."""
        return self.weight_decay

    @property
    def l1_in_loss(self) -> float:
        """What the sum of |W| is multiplied with in the loss."""
        return 0.0


class GradientSettings(OptimizerSettings):
    """What optimisers have that make one update of one gradient.

    `lr` is the learning rate, or `auto`: `runner.training.updates.rate_choice` then chooses one that suits the data;
    `l1` adds l1 x sign(W) to the gradient (biases not) and l1 times the sum of |W| to the loss; `clip_norm` bounds the
    norm of the whole gradient (null: none).
    """

    usual_rate: ClassVar[float] = 0.001

    lr: Rate = 1.2
    l1: NotNegative = 0.0
    clip_norm: Annotated[Annotated[float, Field(gt=0)] | None, OF_EACH_RUN] = None
    schedule: Annotated[Schedule, OneOf("schedule", SCHEDULES)] = ConstantSchedule()

    @model_validator(mode="after")
    def _lowest_rate_is_lower(self) -> Self:
        schedule = self.schedule
        if isinstance(schedule, PlateauSchedule) and self.lr != AUTO and schedule.min_lr >= self.lr:
            refuse([Mistake("schedule.min_lr", f"must be less than optimizer.lr, {self.lr:g}", schedule.min_lr)])
        return self

    @property
    def rate(self) -> float:
        """The learning rate, once it is a number: `prepare` makes one of `auto`."""
        assert self.lr != AUTO, "the settings of a prepared run have a number"
        return self.lr

    @property
    def is_auto(self) -> bool:
        """Whether the learning rate is to be chosen for the data."""
        return self.lr == AUTO

    @property
    def l1_in_loss(self) -> float:
        """What the sum of |W| is multiplied with in the loss."""
        return self.l1


class SGDSettings(GradientSettings):
    """Gradient descent, with momentum where it is above 0."""

    usual_rate: ClassVar[float] = 0.1

    name: Literal["sgd"] = "sgd"
    momentum: Decay = 0.0
    nesterov: bool = False

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> SGDSettings:
        if self.nesterov and self.momentum == 0:
            refuse([Mistake("nesterov", "needs a momentum above 0", self.nesterov)])
        return self


class RMSpropSettings(GradientSettings):
    """The gradient over the root of a running mean of its square."""

    name: Literal["rmsprop"] = "rmsprop"
    lr: Rate = 0.001
    rho: Decay = 0.9
    epsilon: Positive = 1e-8


class AdamSettings(GradientSettings):
    """A running mean of the gradient over the root of one of its square, both corrected for their start."""

    name: Literal["adam"] = "adam"
    lr: Rate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Positive = 1e-8


class AdamWSettings(AdamSettings):
    """Adam whose weight decay is decoupled: it shrinks W by lr x decay beside the update, and is in no loss."""

    name: Literal["adamw"] = "adamw"  # type: ignore[assignment]
    weight_decay: NotNegative = 0.01

    @property
    def decay_in_loss(self) -> float:
        """None: the decay is apart from loss and gradient."""
        return 0.0


class LBFGSSettings(OptimizerSettings):
    """L-BFGS on full batches: `memory` is of how many steps it knows the curvature."""

    name: Literal["lbfgs"] = "lbfgs"
    memory: Annotated[int, Field(ge=1, le=1000)] = 10


OPTIMIZERS: dict[str, type[BaseModel]] = {
    "sgd": SGDSettings,
    "rmsprop": RMSpropSettings,
    "adam": AdamSettings,
    "adamw": AdamWSettings,
    "lbfgs": LBFGSSettings,
}

Optimizer = Annotated[OptimizerSettings, OneOf("optimizer", OPTIMIZERS)]
