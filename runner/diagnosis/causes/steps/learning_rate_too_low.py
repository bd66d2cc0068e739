"""learning_rate_too_low."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.fixes.limit import LARGE_STEP, below
from runner.diagnosis.suspicion import Suspicion


class LearningRateTooLow(Cause):
    """Steps that are too short: the run ends early in its descent, with a rate far below the stability limit.

    The limit is that of `learning_rate_too_high`. Limits: a plateau looks the same, which is why a larger rate has to
    fix the run.
    """

    name = "learning_rate_too_low"
    says = "lr / stability limit < slow_rate, and the loss has hardly moved or still falls"
    thresholds = ("slow_rate",)
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A rate far below its limit in a run that went on falling."""
        lr, limit, ratio = case.setup.settings.optimizer.rate, case.limit, case.rate_ratio
        if not case.has_rate or case.outcome in ("nan", "diverged") or not 0.0 < ratio < case.thresholds.slow_rate:
            return
        fall = 1.0 - float(case.losses[-1] / case.losses[0]) if case.losses[0] else 0.0
        inside = f", where up to {limit:.3g} is stable" if limit else _small(ratio)
        rates = [below(limit), below(limit) / 10] if limit else [lr * 10, lr * 100, lr * 1000]
        yield Suspicion(
            cause=self.name,
            symptom=f"The learning rate is too low: {lr:.3g}{inside}. The loss fell by {fall:.2%} over the whole run.",
            evidence={"lr": lr, "limit": limit, "ratio": ratio, "fall": fall},
            fixes=tuple((Change("optimizer.lr", rate),) for rate in rates if rate > lr),
            strength=float(np.clip(np.log10(case.thresholds.slow_rate / ratio), 0.1, 6.0)),
            by_fix_alone=True,
        )


def _small(ratio: float) -> str:
    """The size of the steps of a rate that has no limit."""
    return f" moves the parameters by at most {100.0 * ratio * LARGE_STEP:.2g}% per step"
