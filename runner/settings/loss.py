"""The settings of `loss`: what is minimised."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runner.network.losses import LOSSES
from runner.settings.base import OF_EACH_RUN, Section, known_name


class LossSettings(Section):
    """The loss by name; it sums over outputs, `reduction` is over samples.

    `epsilon` is added inside logarithms where the output is computed as written (`from_logits: false`).
    """

    name: Annotated[str, known_name("loss", ("auto", *LOSSES))] = "auto"
    reduction: Literal["mean", "sum"] = "mean"
    epsilon: Annotated[float, Field(ge=0), OF_EACH_RUN] = 0.0
    from_logits: bool = True
