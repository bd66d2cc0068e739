"""The settings of `outcome`: the numbers behind the outcome of a run."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BeforeValidator, Field

from runner.settings.base import Section, known_name

OUTCOMES = ("nan", "diverged", "stalled", "converged", "finished", "interrupted", "failed")

# A bare `nan` on the command line is a number to Hydra.
Outcome = Annotated[
    str,
    BeforeValidator(lambda value: "nan" if isinstance(value, float) and math.isnan(value) else value),
    known_name("outcome", OUTCOMES),
]

Share = Annotated[float, Field(ge=0, le=1)]


class OutcomeSettings(Section):
    """Thresholds, all relative, that tell one outcome from another.

    `diverged`: final loss over first loss; `stalled`: relative fall of the loss below which there was no
    progress; `good_accuracy`, `good_r2`: from which accuracy or R² a result is good; `flat`: relative change
    of the loss over the last tenth of the run below which it no longer improves; `low_loss`: share of the
    first loss below which a flat loss is low; `chance`: share of the way from the best constant answer to
    a perfect one up to which a network is at chance.
    """

    diverged: Annotated[float, Field(gt=1)] = 10.0
    stalled: Share = 0.05
    good_accuracy: Share = 0.98
    good_r2: Share = 0.99
    flat: Share = 0.001
    low_loss: Share = 0.1
    chance: Share = 0.05
