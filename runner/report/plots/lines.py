"""Curves over the steps of a run: thinned, on a logarithmic axis where that helps, with what happened marked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from runner.files.history import thinned
from runner.report.plots.style import BAD, INK, SOFT, colours, legend

Column = NDArray[np.float64]

_POINTS = 500  # of a curve: about one for each pixel
_NAMED = 8  # curves that are all in the legend
_HIGHEST = 1e150  # an axis and its labels reach some way beyond the data
_WIDE_RANGE = 50.0  # largest over smallest value from which on an axis is logarithmic


@dataclass(frozen=True)
class Mark:
    """Something at a step: drawn as a vertical line in a colour, with its name in the legend."""

    step: float
    label: str
    colour: str = SOFT
    dashed: bool = True


@dataclass(frozen=True)
class Curves:
    """Curves over `steps`, by label; null and non-finite values are gaps.

    `unit` names the vertical axis, `level` is a horizontal line with its label, `marks` happened at some steps.
    `points` are single values with their steps, by label.
    """

    steps: Column
    curves: Mapping[str, Column]
    unit: str
    marks: Sequence[Mark] = ()
    level: tuple[float, str] | None = None
    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    logarithmic: bool | None = None
    rows: int = 1

    @property
    def is_log(self) -> bool:
        """Whether the vertical axis is logarithmic."""
        if self.logarithmic is None:
            return log_helps(self.curves.values())
        return self.logarithmic and log_possible(self.curves.values())


def draw_curves(data: Curves, axes: Any) -> Any:
    """Draw curves into axes."""
    tones = colours(len(data.curves))
    faint = len(data.curves) > 1 and all(len(values) > _POINTS for values in data.curves.values())
    named = _named(list(data.curves))
    for (label, values), colour in zip(data.curves.items(), tones, strict=True):
        steps, kept = thinned(data.steps, positive(values) if data.is_log else within(values), _POINTS)
        alone = {"marker": "o", "markersize": 3} if np.isfinite(kept).sum() < 12 else {}
        axes.plot(steps, kept, color=colour, label=named[label], lw=1.2 if faint else 1.6, **alone)
    if data.is_log:
        axes.set_yscale("log")
        plain_ticks(axes)
    if data.level is not None:
        height, label = data.level
        axes.axhline(height, color=SOFT, lw=1, ls=(0, (4, 3)), label=label)
    for label, (step, value) in data.points.items():
        axes.plot([step], [value], "o", ms=6, mfc="none", mec=INK, mew=1.3, label=label, zorder=4, clip_on=False)
    draw_marks(data.marks, axes)
    axes.margins(x=0.015)
    axes.set_xlabel("step")
    axes.set_ylabel(data.unit)
    whole_steps(axes)
    legend(axes)
    return axes


def _named(labels: Sequence[str]) -> dict[str, str]:
    """What the legend calls each curve: of many, which are layers from first to last, some stand for all."""
    shown = labels if len(labels) <= _NAMED else [labels[0], labels[len(labels) // 2], labels[-1]]
    # matplotlib leaves out of a legend what begins with an underscore; somebody's array may be called so.
    return {label: f" {label}" if label[:1] == "_" else label for label in shown} | {
        label: "_" for label in labels if label not in shown
    }


def draw_marks(marks: Sequence[Mark], axes: Any) -> None:
    """Vertical lines where something happened."""
    for mark in marks:
        style = {"ls": (0, (4, 3))} if mark.dashed else {}
        axes.axvline(mark.step, color=mark.colour, lw=1.2 if mark.colour == BAD else 1.0, label=mark.label, **style)


def of_losses(axes: Any) -> Any:
    """Name the axes of losses over steps, and add the legend; gives the axes."""
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    whole_steps(axes)
    legend(axes)
    return axes


def whole_steps(axes: Any) -> None:
    """Label steps as whole numbers, with commas between the thousands."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def log_steps(axes: Any, last: float) -> None:
    """An axis of steps with the first ones apart: 0, 1, 10, 100, ..."""
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.35)
    powers = range(max(1, math.ceil(math.log10(max(last, 1)) + 1e-9)) + 1)
    ticks = [0, *(10**k for k in powers if 10**k <= max(last * 1.05, 1))]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(-0.25, max(last * 1.12, 1.2))
    axes.set_xlabel("step (logarithmic)")


def plain_ticks(axes: Any, of: Literal["x", "y"] = "y", like: Any = None) -> None:
    """Few labels on a logarithmic axis, that of y or x, as numbers that are also read aloud: 0.01, 1, 1e6.

    `like` are axes that span as much, where these have no range of their own yet.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    low, high = getattr(axes if like is None else like, f"get_{of}lim")()
    axis = getattr(axes, f"{of}axis")
    decades = math.log10(high) - math.log10(low) if low > 0 else 1
    subs = (1.0,) if decades > 1.7 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.set_minor_locator(NullLocator())


def short(value: float) -> str:
    """A number in a few characters: 0.015, 1,411, 2e-8."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{float(f'{value:.3g}'):g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def positive(values: Column) -> Column:
    """Values for a logarithmic axis: what it can't show is infinite, so that it is drawn as a gap."""
    with np.errstate(invalid="ignore"):
        return np.where(values <= 0, np.inf, within(values))


def within(values: Column) -> Column:
    """Values for any axis: those so large that an axis around them overflows are infinite, which is a gap."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(values) > _HIGHEST, np.inf, values)


def log_possible(curves: Iterable[Column]) -> bool:
    """Whether there is anything that a logarithmic axis can show."""
    return any((values[np.isfinite(values)] > 0).any() for values in curves)


def log_helps(curves: Iterable[Column]) -> bool:
    """Whether curves are better seen on a logarithmic axis: none is below 0, and they span orders of magnitude."""
    found = [values[np.isfinite(values)] for values in curves]
    values = np.concatenate([*found, np.empty(0)])
    above = values[values > 0]
    return len(above) > 0 and bool((values >= 0).all()) and float(above.max()) / float(above.min()) > _WIDE_RANGE


def first_and_last(values: Column) -> tuple[float, float]:
    """The first and the last finite value; NaN where there is none."""
    known = values[np.isfinite(values)]
    return (float(known[0]), float(known[-1])) if len(known) else (math.nan, math.nan)
