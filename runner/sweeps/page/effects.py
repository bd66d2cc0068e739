"""The metric against each swept factor: every run, the median and the middle half for each value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runner.files.measures import HIGHER_IS_BETTER
from runner.report.plots.lines import log_helps, plain_ticks, short
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import BAD, BLUE, INK, TURNED, cut, legend
from runner.sweeps.map_cells import Axis, axis_of
from runner.sweeps.page.left import LeftSweep
from runner.sweeps.results import FAILED

if TYPE_CHECKING:
    import pandas as pd

_MOST = 6  # factors
_TICKS = 10
_LONGEST = 14  # characters of a value


@dataclass(frozen=True)
class Effect:
    """The metric of each run (runs,), NaN where it failed, over the values of a factor."""

    axis: Axis
    metric: str
    values: NDArray[np.float64]

    def of(self, value: int) -> NDArray[np.float64]:
        """The metrics at the `value`-th value, of runs that didn't fail."""
        found = self.values[self.axis.codes == value]
        return np.asarray(found[np.isfinite(found)])

    def failed(self, value: int) -> int:
        """How many runs failed at the `value`-th value."""
        return int((~np.isfinite(self.values[self.axis.codes == value])).sum())


def effects(sweep: LeftSweep) -> Sequence[Panel]:
    """A panel for each factor."""
    ended = sweep.ended
    if ended.empty:
        return []
    panels = [(key, Effect(axis_of(ended, key), sweep.metric, _values(sweep, ended))) for key in sweep.factors[:_MOST]]
    return [(label, data) for label, data in panels if np.isfinite(data.values).any()]


def _values(sweep: LeftSweep, ended: pd.DataFrame) -> NDArray[np.float64]:
    failed = ended["outcome"].isin(FAILED).to_numpy()
    return np.where(failed, np.nan, ended[sweep.metric].to_numpy(dtype=np.float64))


def draw(data: Effect, axes: Any) -> Any:
    """Points for runs, a line through the medians, bars for the middle half; crosses where runs failed."""
    count = len(data.axis.values)
    codes, known = data.axis.codes, np.isfinite(data.values)
    spread = 0.18 * np.sin(np.arange(len(codes)) * 2.4)  # beside each other, always in the same places
    axes.plot(codes[known] + spread[known], data.values[known], "o", ms=3, color=BLUE, alpha=0.35, mew=0)
    places = [k for k in range(count) if len(data.of(k))]
    low, middle, high = (np.array([np.quantile(data.of(k), q) for k in places]) for q in (0.25, 0.5, 0.75))
    bars = np.array([middle - low, high - middle])
    axes.errorbar(places, middle, bars, fmt="-o", color=INK, ms=3.5, lw=1.3, capsize=2.5, label="median, middle half")
    if log_helps([data.values]):
        axes.set_yscale("log")
        plain_ticks(axes)
    broken = [k for k in range(count) if data.failed(k)]
    if broken:
        top = axes.get_xaxis_transform()
        axes.plot(broken, [0.98] * len(broken), "x", color=BAD, ms=5, transform=top, label="runs failed", clip_on=False)
    texts = [cut(text, _LONGEST) for text in data.axis.texts]
    shown = range(0, count, -(-count // _TICKS))
    rotated = max(map(len, texts)) * len(shown) > 34
    axes.set_xticks(list(shown), [texts[k] for k in shown], **(TURNED if rotated else {}))
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylabel(data.metric)
    legend(axes)
    return axes


def words(panels: Sequence[Panel]) -> str:
    """The best value of each factor."""
    said = []
    for label, data in panels:
        places = [k for k in range(len(data.axis.values)) if len(data.of(k))]
        medians = [float(np.median(data.of(k))) for k in places]
        best = int(np.argmax(medians) if data.metric in HIGHER_IS_BETTER else np.argmin(medians))
        failed = sum(data.failed(k) for k in range(len(data.axis.values)))
        text = cut(data.axis.texts[places[best]], _LONGEST)
        said.append(f"{label}: best median {data.metric} {short(medians[best])} at {text}, {failed} runs failed")
    return f"{'; '.join(said)}."


PLOT = Plot("Each factor alone", effects, draw, words)
