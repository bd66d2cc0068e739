"""The learning rate against the largest one at which gradient descent is stable, with the sharpness.

The limit is the learning rate over the column `stability`, which is measured at a few steps. It is a constant over the
sharpness, the largest eigenvalue of the loss's Hessian: one curve shows both, with an axis for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.errors import UserError
from runner.files.events import ROLLBACK, RateEvent
from runner.report.left import LeftRun
from runner.report.plots.lines import Mark, draw_marks, log_steps, plain_ticks, short
from runner.report.plots.marks import nonfinite
from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BAD, BLUE, ORANGE, SOFT, legend
from runner.settings import validate
from runner.training.sharpness.limit import stability_limit
from runner.training.sharpness.watch import COLUMN
from runner.training.updates.rates import Rates

Column = NDArray[np.float64]


@dataclass(frozen=True)
class Stability:
    """The limit at the steps at which it was measured, and the learning rate at each step.

    `constant` over the limit is the sharpness.
    """

    steps: Column
    limit: Column
    all_steps: Column
    rate: Column
    constant: float
    marks: Sequence[Mark] = ()

    @property
    def ratio(self) -> Column:
        """The learning rate as a share of the limit, where that was measured."""
        return np.interp(self.steps, self.all_steps, self.rate) / self.limit


def stability(run: LeftRun) -> Stability | None:
    """The limit of a run; None where none was measured, or none exists."""
    measured = run.column(COLUMN)
    if measured is None:
        return None
    try:
        settings = validate({"optimizer": run.record.config.get("optimizer") or {}}).optimizer
    except UserError:
        return None
    if settings.is_auto:
        if run.summary.lr is None:
            return None
        settings = settings.model_copy(update={"lr": run.summary.lr})
    constant = stability_limit(settings, 1.0)
    if constant is None:
        return None
    rates = _rates(run, settings)
    known = np.isfinite(measured) & (measured > 0)
    if not known.any() or not (rates[known] > 0).all():
        return None
    return Stability(
        run.steps[known], rates[known] / measured[known], run.steps, rates, float(constant), nonfinite(run)
    )


def _rates(run: LeftRun, settings: Any) -> Column:
    """The learning rate of each row, as the history has it, else by the schedule and the rollbacks."""
    recorded = run.column("lr")
    if recorded is not None:
        known = np.isfinite(recorded)
        return np.interp(run.steps, run.steps[known], recorded[known])
    rates = Rates(settings, run.record.steps_planned).learning_rates(0, len(run.steps))
    for event in run.events:
        if event.kind == ROLLBACK:
            rates[run.steps > event.step] *= 0.5
        if isinstance(event, RateEvent):
            rates[run.steps >= event.step] = event.lr
    return rates


def draw(data: Stability, axes: Any) -> Any:
    """The limit and the rate, both logarithmic, and the zone where the loss can rise."""
    axes.plot(data.steps, data.limit, "-o", color=BLUE, ms=4, label="stability limit")
    changes = np.flatnonzero(np.diff(data.rate)) if len(data.rate) > 1 else np.empty(0, int)
    shown = sorted({0, len(data.rate) - 1, *_few(changes), *_few(changes + 1)})
    axes.plot(data.all_steps[shown], data.rate[shown], color=ORANGE, lw=2, label="learning rate")
    axes.set_yscale("log")
    low = min(float(data.limit.min()), float(data.rate[data.rate > 0].min()))
    high = max(float(data.limit.max()), float(data.rate.max()))
    axes.set_ylim(low / 1.8, high * 1.8)
    axes.fill_between(data.steps, data.limit, high * 1.8, color=BAD, alpha=0.1, lw=0, label="above the limit: unstable")
    plain_ticks(axes)
    sharpness = axes.secondary_yaxis("right", functions=(lambda y: _over(data, y), lambda y: _over(data, y)))
    sharpness.set_ylabel("sharpness", color=SOFT)
    sharpness.spines["right"].set_visible(False)
    plain_ticks(sharpness, like=axes)
    log_steps(axes, float(data.all_steps[-1]))
    axes.set_ylabel("learning rate")
    draw_marks(data.marks, axes)
    legend(axes)
    return axes


def _few(places: Any, most: int = 200) -> list[int]:
    """At most about so many of some places."""
    return [int(place) for place in places[:: max(1, len(places) // most)]]


def _over(data: Stability, values: Any) -> Any:
    with np.errstate(divide="ignore"):
        return data.constant / np.asarray(values, dtype=np.float64)


def words(panels: Sequence[Panel]) -> str:
    """How the rate compares with the limit."""
    data: Stability = panels[0][1]
    ratio = data.ratio
    above = data.steps[ratio > 1.0]
    highest = int(ratio.argmax())
    said = (
        f"At its highest the learning rate is {short(float(ratio[highest]))} times the stability limit "
        f"(step {int(data.steps[highest]):,}: rate {short(float(ratio[highest] * data.limit[highest]))}, "
        f"limit {short(float(data.limit[highest]))}, sharpness {short(data.constant / float(data.limit[highest]))})"
    )
    where = f"measured above 1 at {len(above)} of {len(ratio)} steps" if len(above) else "never measured above 1"
    return f"{said}; {where}."


PLOT = Plot("Learning rate against its stability limit", lambda run: only(stability(run)), draw, words)
