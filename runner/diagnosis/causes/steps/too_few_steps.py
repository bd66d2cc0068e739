"""too_few_steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.suspicion import Suspicion

# How many times as many steps are tried.
_MORE = (3, 10, 100)


class TooFewSteps(Cause):
    """The loss still falls at the last step, with a sensible learning rate.

    Limits: the fall is measured over the last half of the run; a run that rests on a plateau before it falls again
    is not seen. A longer run has to fix it.
    """

    name = "too_few_steps"
    says = "relative fall of the loss over the last half of the run > still_falling"
    thresholds = ("still_falling",)
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A loss that falls to the end."""
        losses, settings = case.losses, case.setup.settings
        if case.outcome in ("nan", "diverged") or len(losses) < 3:
            return
        fall = _fall(losses)
        if fall <= case.thresholds.still_falling:
            return
        path, count = ("steps", settings.steps) if settings.epochs is None else ("epochs", settings.epochs)
        yield Suspicion(
            cause=self.name,
            symptom=f"The loss is still falling at the end: it fell by {fall:.1%} over the last half of the run.",
            evidence={"fall": fall, path: count},
            where={"step": len(losses) - 1},
            fixes=tuple((Change(path, count * more),) for more in _MORE),
            strength=float(np.clip(np.log10(fall / case.thresholds.still_falling), 0.1, 1.5)),
            by_fix_alone=True,
        )


def _fall(losses: NDArray[np.float64]) -> float:
    """By how much the last twentieth is below the one in the middle of the run, as a share; means, for scatter."""
    part, half = max(1, len(losses) // 20), len(losses) // 2
    last, before = float(np.mean(losses[-part:])), float(np.mean(losses[half - part // 2 :][:part]))
    return 1.0 - last / before if before > 0.0 else 0.0
