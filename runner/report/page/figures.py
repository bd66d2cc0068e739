"""Plots as they stand on a page, drawn once, or twice where a narrow page needs another drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from runner.report.page.drawing import drawing
from runner.report.plots.plot import Plot

# Inches of a plot that has the whole width, on a wide page.
_WIDE = (9.8, 3.2)
_TALL = 3.8  # from here on a plot stands beside two rows of others


@dataclass(frozen=True)
class Drawn:
    """A panel as it stands on a page: `narrow` is another drawing for a narrow one, where it has one."""

    label: str
    svg: Markup
    narrow: Markup | None


@dataclass(frozen=True)
class Figure:
    """A plot as it stands on a page."""

    name: str
    title: str
    words: str
    panels: list[Drawn]
    wide: bool
    tall: bool


def figures(source: Any, plots: Mapping[str, Plot]) -> Iterator[Figure]:
    """Every plot that a run or a sweep has data for, drawn."""
    for name, plot in plots.items():
        panels = plot.panels(source)
        if not panels:
            continue
        words = plot.words(panels)
        drawn = [
            _drawn(plot, label, data, f"{plot.title}{f', {label}' if label else ''}", words, f"{name}{k}")
            for k, (label, data) in enumerate(panels)
        ]
        yield Figure(
            name, plot.title, words, drawn, plot.wide or len(panels) > 1, tall=plot.size(panels[0][1])[1] > _TALL
        )


def _drawn(plot: Plot, label: str, data: object, title: str, words: str, salt: str) -> Drawn:
    svg = drawing(plot, data, title, words, salt)
    if not plot.wide:
        return Drawn(label, svg, None)
    return Drawn(label, drawing(plot, data, title, words, f"{salt} wide", _WIDE), svg)
