"""The settings of `watch`, `checkpoint` and `early_stop`: what is measured while training, and what follows from it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from runner.settings.base import Metric, Mistake, Off, Section, refuse

Count = Annotated[int, Field(ge=1)]


class WatchSettings(Section):
    """What is measured while training.

    `every`: steps between measurements of norms (0: only the loss); `layers`: also the norms of each layer;
    `units`: dead and saturated units at logarithmically spaced steps; `evaluate`: steps between evaluations
    of the accuracy and of the validation split (null: each epoch in mini-batches, about 100 times in full
    batch).
    """

    every: Annotated[int, Field(ge=0)] = 1
    layers: bool = True
    units: Annotated[Literal["log", "off"], Off] = "log"
    sharpness: Annotated[Literal["auto", "off"], Off] = "auto"
    on_nonfinite: Literal["stop", "skip", "rollback", "continue"] = "stop"
    evaluate: Count | None = None


class CheckpointSettings(Section):
    """How often the parameters are kept (steps; null: never) and how many of the last ones stay."""

    every: Count | None = None
    keep: Count = 2


class EarlyStopSettings(Section):
    """The metric that must improve within `patience` evaluations; both null: train to the end.

    `restore_best`: after an early stop the weights are those of the best evaluation.
    """

    metric: Metric | None = None
    patience: Count | None = None
    restore_best: bool = True

    @model_validator(mode="after")
    def _both_or_neither(self) -> EarlyStopSettings:
        if (self.metric is None) != (self.patience is None):
            missing, other = ("patience", "metric") if self.patience is None else ("metric", "patience")
            message = f"must be set when early_stop.{other} is"
            refuse([Mistake(missing, message, None)])
        return self
