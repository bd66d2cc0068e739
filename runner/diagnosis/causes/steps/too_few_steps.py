"""too_few_steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.fixes.companions import by_adam, more_steps
from runner.diagnosis.suspicion import Suspicion

# How many times as many steps are tried: where the loss still falls, and where only a trial can tell.
_MORE, _BY_TRIAL = (3, 10, 100), (10, 100)
# How many times the patience of an early stop; a run that got so far of its steps wasn't stopped early.
_MORE_PATIENCE, _NEARLY_ALL = (5, 20, 100), 0.9


class TooFewSteps(Cause):
    """The loss still falls at the last step, with a sensible learning rate; or it rests and would fall again.

    The fall is measured over the last half of the run. A run that rests on a plateau is found by trial, where nothing
    else fixes it. A longer run has to fix it, or, where early stopping ended it, more patience. Limits: longer runs
    cost more, so that they are often cut short.
    """

    name = "too_few_steps"
    says = "relative fall of the loss over the last half of the run > still_falling, or an early stop"
    thresholds = ("still_falling",)
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A loss that falls to the end."""
        losses = case.losses
        if case.outcome in ("nan", "diverged") or len(losses) < 3:
            return
        if _stopped_early(case):
            yield self._stopped(case)
            return
        fall = fall_of(losses)
        falling = fall > case.thresholds.still_falling
        plain = f"it fell by {fall:.1%} over the last half of the run"
        longer = tuple(more_steps(case.setup, times) for times in (_MORE if falling else _BY_TRIAL))
        yield Suspicion(
            cause=self.name,
            symptom=f"The loss is still falling at the end: {plain}."
            if falling
            else "The loss rested when the run ended; where it is trained on, or faster, it falls again.",
            evidence={"fall": fall, "steps": case.setup.steps},
            where={"step": len(losses) - 1},
            fixes=longer if falling else (*longer, *by_adam(case.setup)),
            strength=float(np.clip(np.log10(fall / case.thresholds.still_falling), 0.1, 1.5)) if falling else 0.2,
            by_fix_alone=True,
            by_trial=not falling,
        )

    def _stopped(self, case: Case) -> Suspicion:
        """A run that early stopping ended."""
        stop, steps = case.setup.settings.early_stop, len(case.losses) - 1
        assert stop.patience is not None
        patience = f"{stop.patience} evaluation{'s' if stop.patience > 1 else ''}"
        return Suspicion(
            cause=self.name,
            symptom=f"Training was stopped early, after {steps:,} of {case.setup.steps:,} steps: {stop.metric} did not "
            f"improve within {patience} (early_stop.patience).",
            evidence={"fall": fall_of(case.losses), "steps": steps, "planned": case.setup.steps},
            where={"step": steps},
            fixes=tuple((Change("early_stop.patience", times * stop.patience),) for times in _MORE_PATIENCE),
            strength=1.0,
            by_fix_alone=True,
        )


def _stopped_early(case: Case) -> bool:
    """Whether early stopping, and no signal or budget, ended the run well before its last step."""
    rule = case.setup.settings.early_stop.patience is not None and not case.cut_short
    return rule and len(case.losses) - 1 < _NEARLY_ALL * case.setup.steps


def fall_of(losses: NDArray[np.float64]) -> float:
    """By how much the last twentieth is below the one in the middle of the run, as a share; means, for scatter."""
    part, half = max(1, len(losses) // 20), len(losses) // 2
    last, before = float(np.mean(losses[-part:])), float(np.mean(losses[half - part // 2 :][:part]))
    return 1.0 - last / before if before > 0.0 else 0.0
