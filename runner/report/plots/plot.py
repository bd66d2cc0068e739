"""What a plot is: a function `(data, axes) -> axes`, and what it takes from a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runner.report.plots.style import HEIGHT, WIDTH

# A part of a plot with axes of its own: its label, empty where it is the only one, and its data.
Panel = tuple[str, Any]


@dataclass(frozen=True)
class Plot:
    """A plot of a run, or of a sweep.

    `panels` takes its data from what that left: none where there is nothing to draw. `draw` draws the data of one panel
    into axes and gives them back. `words` says what is seen, for those who don't see it. `size` is that of a panel, in
    inches; `wide` says that a page gives it its whole width.
    """

    title: str
    panels: Callable[[Any], Sequence[Panel]]
    draw: Callable[[Any, Any], Any]
    words: Callable[[Sequence[Panel]], str]
    size: Callable[[Any], tuple[float, float]] = lambda data: (WIDTH, HEIGHT)
    wide: bool = False


def only(data: Any | None) -> Sequence[Panel]:
    """The one panel of a plot with these data; none without."""
    return [] if data is None else [("", data)]
