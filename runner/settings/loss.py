"""The settings of `loss`: what is minimised."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from runner.network.losses import LOSSES
from runner.settings.base import OF_EACH_RUN, Mistake, Section, known_name, one_or_listed, refuse


def _balanced(value: object) -> str:
    if value != "balanced":
        context = {"word": "class weights", "allowed": ["null", "balanced", "[1, 30]: a number for each class"]}
        raise PydanticCustomError("unknown_name", "unknown {word}", context)
    return "balanced"


Balanced = Annotated[Literal["balanced"], BeforeValidator(_balanced), Tag("<one>")]
Weights = Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(strict=False, min_length=2), Tag("<list>")]
CROSS_ENTROPIES = ("binary_cross_entropy", "categorical_cross_entropy")


class LossSettings(Section):
    """The loss by name; it sums over outputs, `reduction` is over samples.

    `epsilon` is added inside logarithms where the output is computed as written (`from_logits: false`); `delta`: where
    the Huber loss becomes straight; `label_smoothing`: the share of each label that is spread over all classes, with a
    cross-entropy; `class_weights`: what a sample counts in loss and gradient, a number for each class, or `balanced`:
    samples / (classes x samples of its class), from the training split. The accuracy doesn't weigh.
    """

    name: Annotated[str, known_name("loss", ("auto", *LOSSES))] = "auto"
    reduction: Literal["mean", "sum"] = "mean"
    epsilon: Annotated[float, Field(ge=0), OF_EACH_RUN] = 0.0
    from_logits: bool = True
    delta: Annotated[float, Field(gt=0), OF_EACH_RUN] = 1.0
    label_smoothing: Annotated[float, Field(ge=0, lt=1), OF_EACH_RUN] = 0.0
    class_weights: Annotated[Balanced | Weights, Discriminator(one_or_listed)] | None = None

    @model_validator(mode="after")
    def _of_the_loss_that_reads_it(self) -> LossSettings:
        mistakes = []
        if self.delta != 1.0 and self.name not in ("auto", "huber"):
            mistakes.append(Mistake("delta", f"belongs to huber, not to {self.name}", self.delta))
        if self.label_smoothing and self.name not in ("auto", *CROSS_ENTROPIES):
            message = f"needs a cross-entropy, not {self.name}"
            mistakes.append(Mistake("label_smoothing", message, self.label_smoothing))
        refuse(mistakes)
        return self
