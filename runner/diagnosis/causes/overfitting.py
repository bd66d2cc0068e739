"""overfitting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.changes import Change, Mend
from runner.diagnosis.findings import Measure, Suspicion
from runner.diagnosis.parts import deviation_of_share, quality_on

Array = NDArray[np.float64]

# Evaluations after the lowest validation loss that make a trend, and the correlation with time from which it is one.
_EVALUATIONS, _TREND = 5, 0.5
# Evaluations to wait for a lower validation loss: a share of those that followed the lowest, within bounds.
_PATIENCE, _LEAST_PATIENCE, _MOST_PATIENCE = 20, 2, 10


@dataclass(frozen=True)
class _Turn:
    """Where the validation loss was lowest, and where it ended."""

    step: int
    lowest: float
    last: float
    after: int


class Overfitting(Cause):
    """The training part is learnt ever better, the validation part ever worse.

    The validation loss has risen, persistently and by more than `diagnosis.thresholds.overfitting` of its lowest value,
    while the training loss fell; and accuracy or R² on the validation part is lower than on the training part by more
    than the same threshold, beyond what chance does to so few samples. Limits: needs a validation part, and a loss that
    turns; a network that generalises badly from the first step on isn't seen.
    """

    name = "overfitting"
    says = "validation loss rising and its accuracy or R² behind, by more than diagnosis.thresholds.overfitting"
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The curve of the validation loss, and the measure on both parts."""
        valid = case.setup.dataset.valid
        if valid is None or case.outcome in ("nan", "diverged"):
            return
        turn = _turn(case)
        if turn is None or not turn.last > (1.0 + case.thresholds.overfitting) * turn.lowest > 0.0:
            return
        train_quality, valid_quality = case.conclusion.quality, quality_on(case, valid)
        luck = 0.0
        if case.setup.dataset.task != "regression":
            luck = 2.0 * deviation_of_share(max(0.0, min(1.0, valid_quality)), len(valid))
        gap = train_quality - valid_quality
        if gap <= case.thresholds.overfitting + luck:
            return
        measure = "R²" if case.setup.dataset.task == "regression" else "accuracy"
        yield Suspicion(
            cause=self.name,
            symptom=f"The validation loss was lowest at step {turn.step} ({turn.lowest:.4g}) and rose to "
            f"{turn.last:.4g} while the training loss fell; {measure} is {train_quality:.3g} on the training part "
            f"and {valid_quality:.3g} on the validation part.",
            evidence={
                "lowest_valid_loss": turn.lowest,
                "last_valid_loss": turn.last,
                "quality": train_quality,
                "valid_quality": valid_quality,
                "gap": gap,
            },
            where={"step": turn.step, "tensor": "valid_loss"},
            mends=_mends(case, turn),
            strength=float(np.clip(3.0 + np.log10(gap / case.thresholds.overfitting), 3.0, 5.0)),
            certain=True,
            measure=_measure(turn, case.thresholds.gain),
        )


def _turn(case: Case) -> _Turn | None:
    """Where the validation loss turned for good while the training loss fell; None where it didn't."""
    values = case.history["valid_loss"]
    known = np.isfinite(values)
    values, rows = values[known], np.flatnonzero(known)
    if len(values) < _EVALUATIONS:
        return None
    lowest = int(values.argmin())
    after = values[lowest:]
    if len(after) <= _EVALUATIONS or np.ptp(after) == 0.0:
        return None
    trend = float(np.corrcoef(np.arange(len(after)), after.argsort().argsort())[0, 1])
    losses, tenth = case.losses, max(1, (rows[-1] - rows[lowest]) // 10)
    fell = float(losses[rows[-1] - tenth :].mean()) < float(losses[rows[lowest] : rows[lowest] + tenth].mean())
    if trend < _TREND or not fell:
        return None
    return _Turn(int(case.history["step"][rows[lowest]]), float(values[lowest]), float(values[-1]), len(after) - 1)


def _mends(case: Case, turn: _Turn) -> tuple[Mend, ...]:
    """Stopping when it turns, larger penalties for large weights, fewer steps."""
    settings = case.setup.settings
    decay = settings.optimizer.weight_decay
    patience = max(_LEAST_PATIENCE, min(_MOST_PATIENCE, turn.after // _PATIENCE))
    fewer = Change("steps", turn.step)
    if settings.epochs is not None:
        fewer = Change("epochs", round(settings.epochs * turn.step / case.setup.steps))
    return (
        (Change("early_stop.metric", "valid_loss"), Change("early_stop.patience", patience)),
        *((Change("optimizer.weight_decay", max(10.0 * decay, least)),) for least in (0.01, 0.1)),
        *([(fewer,)] if fewer.value > 0 else []),
    )


def _measure(turn: _Turn, enough: float) -> Measure:
    def regained(case: Case) -> float:
        last = case.conclusion.final.get("valid_loss")
        return -np.inf if last is None else (turn.last - last) / (turn.last - turn.lowest)

    return Measure("share of the rise of the validation loss that is gone", regained, enough)
