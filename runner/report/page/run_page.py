"""The page of a run: what came of it and why, then every plot that it has data for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from runner.explaining.explanation import explanation
from runner.files.names import REPORT
from runner.files.run_record import RunRecord
from runner.report.left import LeftRun
from runner.report.page import facts
from runner.report.page.blocks import sections
from runner.report.page.drawing import drawing
from runner.report.page.rendering import render
from runner.report.plots import PLOTS
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


def write_page(run: LeftRun) -> Path:
    """Write the page of a run into its folder, completely or not at all; gives its path."""
    page, path = run_page(run), run.folder / REPORT
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(page, encoding="utf-8")
    partial.replace(path)
    return path


def run_page(run: LeftRun) -> str:
    """The page of a run as text."""
    record = run.record
    lines = explanation(run.ending) if run.ended else []
    return render(
        "run.html",
        title=_title(record),
        outcome=run.summary.outcome if run.ended else "not ended",
        tone=facts.tone(run),
        sentence=facts.sentence(run),
        sections=[section for section in sections(lines) if section.label != "seen"],
        numbers=list(facts.numbers(run)),
        settings=facts.settings_that_differ(run),
        events=facts.happened(run),
        more_events=max(0, len(run.events) - len(facts.happened(run))),
        figures=list(figures(run)),
        record=record,
        network=record.network,
        run_id=run.summary.mlflow_run_id,
    )


def figures(run: LeftRun) -> Iterator[Figure]:
    """Every plot that the run has data for, drawn."""
    for name, plot in PLOTS.items():
        panels = plot.panels(run)
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


def _title(record: RunRecord) -> str:
    """What was run, as it was typed; the data set where nothing was."""
    own = [text for text in record.overrides if not text.startswith(("tracking", "hydra."))]
    return " ".join(own) or record.dataset.name
