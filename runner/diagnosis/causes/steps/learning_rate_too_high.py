"""learning_rate_too_high."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.limit import LARGE_STEP, below
from runner.diagnosis.measures.gradient_flow import vanishes_from_start
from runner.diagnosis.suspicion import Suspicion
from runner.training.sharpness.limit import against_limit


class LearningRateTooHigh(Cause):
    """Steps that are too long: the rate is above the stability limit, and the loss rises.

    The limit of gradient descent is 2 (1 + momentum) / (largest eigenvalue of the Hessian) where the run starts; other
    optimisers are judged by the size of their steps relative to the parameters (TheDeepChecker). The ratio alone is no
    finding, since healthy runs hover at 1: only failed runs are examined, and a smaller rate has to fix them.
    Limits: the eigenvalue is that of the first batch, up to 1,024 samples.
    """

    name = "learning_rate_too_high"
    says = "lr / stability limit > 1, and the loss rises; below the limit it doesn't"
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A rate beyond its limit at the start, or a loss that ended above where it had been."""
        lr, limit = case.setup.settings.optimizer.rate, case.limit
        ratio = case.rate_ratio
        rise = _rise(case)
        if not case.has_rate or (not ratio > 1.0 and case.outcome not in ("nan", "diverged")):
            return
        if len(case.losses) == 1 or not np.isfinite(case.losses[0]):
            return  # it was lost before the first update
        rises = f", and the loss rises to {rise:.3g} times its lowest value" if 1.0 < rise < np.inf else ""
        yield Suspicion(
            cause=self.name,
            symptom=f"{_against(lr, limit, ratio)}{rises}.",
            evidence={"lr": lr, "limit": limit, "ratio": ratio, "rise": rise if np.isfinite(rise) else None},
            where={"step": _step(case)} if rise > 1.0 else {},
            fixes=tuple(_rates(lr, limit, ratio)),
            strength=float(np.clip(np.log10(max(ratio, 1e-3)) + (rise > 1.0), 0.1, 6.0)),
            conditions=frozenset(() if vanishes_from_start(case) else {"gradient reaches layer 1"}),
            by_fix_alone=not ratio > 1.0,
        )


def _against(lr: float, limit: float | None, ratio: float) -> str:
    """A rate compared with its limit; where there is none, the size of its steps."""
    if limit is not None and not ratio > 1.0:
        return f"The learning rate is too high later in the run: at the start, {against_limit(lr, limit)}"
    if limit is not None:
        return f"The learning rate is too high: {against_limit(lr, limit)}"
    moves = f" moves the parameters by up to {ratio * LARGE_STEP:.2%} per step" if np.isfinite(ratio) else ""
    return f"The learning rate is too high: {lr:.3g}{moves}"


def _rise(case: Case) -> float:
    """The last loss over the lowest before it; infinite where it isn't finite, 1 where it is no more than scatter."""
    losses = case.losses
    if case.outcome == "nan":
        return np.inf
    tenth = max(1, len(losses) // 10)
    last, lowest = float(np.median(losses[-tenth:])), float(np.min(losses))
    # A tenth of the way between lowest and first: less is what any run does.
    return last / lowest if lowest > 0.0 and last > lowest + 0.1 * max(float(losses[0]) - lowest, 0.0) else 1.0


def _step(case: Case) -> int:
    """From where on the loss is above its lowest value for good."""
    losses = case.losses
    finite = losses[np.isfinite(losses)]
    return int(np.argmin(finite)) if len(finite) else 0


def _rates(lr: float, limit: float | None, ratio: float) -> Iterator[Fix]:
    """Smaller rates: well inside the limit, or with steps that are small relative to the parameters; then by tens."""
    inside = lr / (10.0 * ratio) if ratio > 1.0 else lr
    rates = [inside] if limit is None else [below(limit), below(limit) / 10]
    known = [rate for rate in rates if rate < lr]
    for rate in dict.fromkeys([*known[:1], lr / 10, *known[1:], lr / 100]):
        yield (Change("optimizer.lr", rate),)
