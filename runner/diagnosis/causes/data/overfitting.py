"""overfitting."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.measures.splits import deviation_of_share, quality_on
from runner.diagnosis.suspicion import Goal, Suspicion

Array = NDArray[np.float64]

# Evaluations after the lowest validation loss that make a trend, and the correlation with time from which it is one.
_EVALUATIONS, _TREND = 5, 0.5
# By how much more the validation split must be behind, and the training loss have fallen, where the other is at rest.
_AT_REST, _FURTHER = 1.5, 0.2
# Fall of the validation loss over half the run, as a share, that is rest.
_REST = 0.02
# Evaluations to wait for a lower validation loss: a share of those that followed the lowest, within bounds.
_PATIENCE, _LEAST_PATIENCE, _MOST_PATIENCE = 20, 2, 10
# The rate that Srivastava et al. (2014, appendix A.4) find close to optimal for hidden units in many networks.
_DROPOUT = 0.5


@dataclass(frozen=True)
class _Turn:
    """From where on the validation loss no longer went the way of the training loss.

    `step` is where it was lowest if it rose, else the middle of the run; `after` counts the evaluations since then.
    """

    rose: bool
    step: int
    lowest: float
    last: float
    after: int


class Overfitting(Cause):
    """The fit to the training data gets better while that to the validation split gets worse, or no better for long.

    The validation loss has risen by more than `overfitting`, as a share of its lowest value, while the training loss
    fell; and accuracy or R² on the validation split is lower than on the training data by more than the same
    threshold, beyond what chance does to so few samples. Where the validation loss has not risen but stayed the same
    for half the run while the training loss fell, that distance has to be half as much again. Limits: needs a
    validation split.
    """

    name = "overfitting"
    says = "validation loss rises, and validation accuracy or R² is behind by more than overfitting"
    thresholds = ("overfitting", "gain")
    always = True
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The curve of the validation loss, and accuracy or R² on both splits."""
        valid = case.setup.dataset.valid
        if valid is None or case.outcome in ("nan", "diverged"):
            return
        turn = _turn(case)
        if turn is None:
            return
        train_quality, valid_quality = case.conclusion.quality, quality_on(case, valid)
        luck = 0.0
        if case.setup.dataset.task != "regression":
            luck = 2.0 * deviation_of_share(max(0.0, min(1.0, valid_quality)), len(valid))
        gap = train_quality - valid_quality
        if gap <= case.thresholds.overfitting * (1.0 if turn.rose else _AT_REST) + luck:
            return
        course = (
            f"was lowest at step {turn.step:,} ({turn.lowest:.4g}) and rose to {turn.last:.4g}"
            if turn.rose
            else f"has stayed at {turn.last:.4g} since step {turn.step:,}"
        )
        measured = case.measure.name[0].upper() + case.measure.name[1:]
        yield Suspicion(
            cause=self.name,
            symptom=f"The validation loss {course} while the training loss fell. {measured} is {train_quality:.3g} on "
            f"the training data and {valid_quality:.3g} on the validation split.",
            evidence={
                "lowest_valid_loss": turn.lowest,
                "last_valid_loss": turn.last,
                "quality": train_quality,
                "valid_quality": valid_quality,
                "gap": gap,
            },
            where={"step": turn.step, "tensor": "valid_loss"},
            fixes=_fixes(case, turn),
            strength=float(np.clip(3.0 + np.log10(gap / case.thresholds.overfitting), 3.0, 5.0)),
            certain=True,
            goal=_fall(turn, case.thresholds.gain)
            if turn.rose
            else _gain(case.measure.name, valid_quality, gap, case.thresholds.gain),
        )


def _turn(case: Case) -> _Turn | None:
    """Where the validation loss turned, or came to rest, while the training loss fell; None where it went along."""
    values = case.history["valid_loss"]
    known = np.isfinite(values) & (case.history["step"] >= _settled(case))
    values, rows = values[known], np.flatnonzero(known)
    if len(values) <= 2 * _EVALUATIONS:
        return None
    steps = case.history["step"][rows]
    lowest, middle = int(values.argmin()), len(values) // 2
    least, last = float(values[lowest]), float(values[-1])
    if last > (1.0 + case.thresholds.overfitting) * least > 0.0:
        after = values[lowest:]
        risen = _rises(after) or _stays_above(after, (1.0 + case.thresholds.overfitting) * least)
        if len(after) > _EVALUATIONS and risen and _fell(case.losses[rows[lowest] :]) > 0.0:
            return _Turn(True, int(steps[lowest]), least, last, len(after) - 1)
    elif last > (1.0 - _REST) * values[middle] and _fell(case.losses[rows[middle] :]) > _FURTHER:
        return _Turn(False, int(steps[middle]), least, last, len(values) - middle - 1)
    return None


def _settled(case: Case) -> int:
    """The step from which on running statistics are made of batches to 99 %, and no longer of what they started at."""
    network = case.setup.settings.network
    if network.normalisation is None or network.batch_norm_momentum == 1.0:
        return 0
    return math.ceil(math.log(0.01) / math.log1p(-network.batch_norm_momentum))


def _rises(values: Array) -> bool:
    """Whether values go up with time, by the correlation of their ranks with it."""
    return float(np.corrcoef(np.arange(len(values)), values.argsort().argsort())[0, 1]) >= _TREND


def _stays_above(values: Array, level: float) -> bool:
    """Whether values rose and stayed there: none of the last half is as low as the level."""
    return float(values[len(values) // 2 :].min()) > level


def _fell(losses: Array) -> float:
    """By what share the mean loss of the last tenth is below that of the first."""
    tenth = max(1, len(losses) // 10)
    first = float(losses[:tenth].mean())
    return 1.0 - float(losses[-tenth:].mean()) / first if first > 0.0 else 0.0


def _fixes(case: Case, turn: _Turn) -> tuple[Fix, ...]:
    """Stopping when it turns, larger penalties for large weights, fewer steps, units dropped out."""
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
        *([(Change("network.dropout", _DROPOUT),)] if _may_drop_out(case) else []),
    )


def _may_drop_out(case: Case) -> bool:
    network = case.setup.settings.network
    return case.setup.is_ours and len(network.hidden) > 0 and not network.dropout_rates


def _gain(measure: str, quality: float, gap: float, enough: float) -> Goal:
    """Accuracy or R² on the validation split, for a fix that closes so much of the gap."""

    def validated(case: Case) -> float:
        valid = case.setup.dataset.valid
        return -np.inf if valid is None or case.outcome == "nan" else quality_on(case, valid)

    return Goal(f"validation {measure}", validated, quality + enough * gap)


def _fall(turn: _Turn, enough: float) -> Goal:
    """How much of the rise in validation loss is undone."""

    def regained(case: Case) -> float:
        last = case.conclusion.final.get("valid_loss")
        return -np.inf if last is None else (turn.last - last) / (turn.last - turn.lowest)

    return Goal("share of the rise in validation loss undone", regained, enough)
