"""The first value that was not finite, call by call: where it came from, where it arose, how it reached the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runner.files.event_details import Operand
from runner.files.events import NonfiniteEvent
from runner.report.left import LeftRun
from runner.report.plots.lines import short
from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BAD, INK, SOFT, WIDTH, cut

_HIGH, _GAP = 0.52, 0.22  # inches
_MOST = 4  # boxes before the call, and after it
_LONGEST = 44  # characters of a line
_WORDS = {"nan": "NaN", "inf": "infinite", "overflow": "too large"}


@dataclass(frozen=True)
class Box:
    """A value or a call on the way; `bad` says that it is not finite, `source` that it arose here."""

    title: str
    text: str = ""
    bad: bool = False
    source: bool = False


def way(run: LeftRun) -> Sequence[Box] | None:
    """The way of a run's first non-finite value; None where there was none."""
    return None if run.broke is None else boxes(run.broke)


def boxes(event: NonfiniteEvent) -> list[Box]:
    """From the values behind it to the loss, or to the first gradient that it reached."""
    origin = [
        Box(value.tensor, "" if value.value is None else f"is {short(value.value)}{_times(value.count)}")
        for value in reversed(event.origin)
    ]
    if not origin and event.operands:
        origin = [Box(name, _range(operand)) for name, operand in event.operands.items()]
    where = f"layer {event.layer}" if event.layer else event.phase
    count = "" if event.count is None else f": {event.count:,} of {event.size:,} {_WORDS.get(event.kind, event.kind)}"
    arose = Box(event.call or event.tensor, f"{where}{count}", bad=True, source=True)
    after = [Box(name, bad=True) for name in event.chain if name != event.tensor and not event.call.endswith(name)]
    return [*_few(origin), arose, *_few(after)]


def _few(found: list[Box]) -> list[Box]:
    """At most some boxes: of many the first and the last, and how many are between."""
    if len(found) <= _MOST:
        return found
    left_out = len(found) - _MOST + 1
    half = (_MOST - 1) // 2 + 1
    return [*found[:half], Box(f"{left_out} more calls", bad=found[0].bad), *found[half + left_out :]]


def _times(count: int | None) -> str:
    return "" if count is None or count == 1 else f", {count:,} times"


def _range(operand: Operand) -> str:
    if operand.value is not None:
        return f"is {short(operand.value)}"
    if operand.min is None or operand.max is None:
        return "is not finite"
    return f"from {short(operand.min)} to {short(operand.max)}"


def draw(data: Sequence[Box], axes: Any) -> Any:
    """Boxes one below the other, red from where the value arose."""
    from matplotlib.patches import FancyBboxPatch

    pitch = _HIGH + _GAP
    for place, box in enumerate(data):
        top = place * pitch
        edge = BAD if box.bad else SOFT
        shape = FancyBboxPatch(
            (0.06, top + 0.03),
            3.55,
            _HIGH - 0.06,
            boxstyle="round,pad=0,rounding_size=0.07",
            facecolor=(*_rgb(BAD), 0.13) if box.source else "none",
            edgecolor=edge,
            linewidth=1.8 if box.source else 1.0,
        )
        axes.add_patch(shape)
        middle = top + _HIGH / 2
        bold = {"fontweight": "bold"} if box.source else {}
        title = middle - (0.1 if box.text else 0.0)
        axes.text(1.83, title, cut(box.title, _LONGEST), ha="center", va="center", fontsize=9, color=INK, **bold)
        if box.text:
            tone = BAD if box.source else SOFT
            axes.text(1.83, middle + 0.12, cut(box.text, _LONGEST), ha="center", va="center", fontsize=8, color=tone)
        if place + 1 < len(data):
            arrow = {"arrowstyle": "-|>", "color": edge if box.bad else SOFT, "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", xy=(1.83, top + pitch + 0.02), xytext=(1.83, top + _HIGH - 0.02), arrowprops=arrow)
    axes.set_xlim(0, 3.67)
    axes.set_ylim(len(data) * pitch - _GAP + 0.02, -0.02)
    axes.set_axis_off()
    return axes


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)


def size(data: Sequence[Box]) -> tuple[float, float]:
    """As high as there are boxes."""
    return WIDTH, len(data) * (_HIGH + _GAP) + 0.05


def words(panels: Sequence[Panel]) -> str:
    """The way in words."""
    found: Sequence[Box] = panels[0][1]
    return " → ".join(f"{box.title} {box.text}".strip() for box in found) + "."


PLOT = Plot("The first non-finite value on its way", lambda run: only(way(run)), draw, words, size)
