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

    The limit is that of `learning_rate_too_high`. A schedule that leaves less than `slow_rate` of the rate over the
    last half of the run is the same cause. Limits: a plateau looks the same, which is why a larger rate has to fix the
    run.
    """

    name = "learning_rate_too_low"
    says = "lr / stability limit, or what a schedule leaves of lr, < slow_rate"
    thresholds = ("slow_rate",)
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A rate far below its limit, from the start or by its schedule."""
        if not case.has_rate or case.outcome in ("nan", "diverged"):
            return
        yield from self._scheduled(case)
        lr, limit, ratio = case.setup.settings.optimizer.rate, case.limit, case.rate_ratio
        if not 0.0 < ratio < case.thresholds.slow_rate:
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

    def _scheduled(self, case: Case) -> Iterator[Suspicion]:
        """A schedule that leaves next to nothing of the rate."""
        optimizer = case.setup.settings.optimizer
        schedule = getattr(optimizer, "schedule", None)
        if schedule is None or schedule.name == "constant" or "lr" not in case.history.columns:
            return
        rates = case.history["lr"]
        rates = rates[np.isfinite(rates)]
        if not len(rates):
            return
        later = float(np.median(rates[len(rates) // 2 :]))
        left = later / optimizer.rate
        if not left < case.thresholds.slow_rate:
            return
        yield Suspicion(
            cause=self.name,
            symptom=f"The learning rate is too low because of its schedule: {schedule.name} leaves {later:.2g} of "
            f"{optimizer.rate:.3g} over the second half of the run.",
            evidence={"lr": optimizer.rate, "later": later, "ratio": left, "schedule": schedule.name},
            fixes=((Change("optimizer.schedule", "constant"),),),
            # More than that of a loss that still falls, as it does at a rate that was never reached.
            strength=float(np.clip(2.0 + np.log10(case.thresholds.slow_rate / max(left, 1e-12)), 2.0, 6.0)),
            by_fix_alone=True,
        )


def _small(ratio: float) -> str:
    """The size of the steps of a rate that has no limit."""
    return f" moves the parameters by at most {100.0 * ratio * LARGE_STEP:.2g}% per step"
