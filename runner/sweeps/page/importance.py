"""How much each swept factor matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BLUE, INK, WIDTH, cut
from runner.sweeps.page.left import LeftSweep
from runner.sweeps.ranking import importance

_MOST, _LONGEST = 8, 24


def shares(sweep: LeftSweep) -> Mapping[str, float] | None:
    """The share of each factor; None where it can't be estimated."""
    found = importance(sweep.table, sweep.metric)
    return dict(list(found.items())[:_MOST]) or None


def draw(data: Mapping[str, float], axes: Any) -> Any:
    """A bar for each factor, the longest on top."""
    names = [cut(name, _LONGEST) for name in data]
    axes.barh(range(len(data)), list(data.values()), color=BLUE, height=0.6)
    for place, share in enumerate(data.values()):
        axes.text(share + 0.015, place, f"{share:.0%}", va="center", color=INK, fontsize=8.5)
    axes.set_yticks(range(len(data)), names)
    axes.set_xlim(0, 1.12)
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.grid(visible=False)
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)
    return axes


def words(panels: Sequence[Panel]) -> str:
    """What the bars are."""
    return "The share of the differences in rank that each factor explains alone, beyond chance (epsilon squared)."


def size(data: Mapping[str, float]) -> tuple[float, float]:
    """As high as there are factors."""
    return WIDTH, 0.5 + 0.34 * len(data)


PLOT = Plot("What matters", lambda sweep: only(shares(sweep)), draw, words, size)
