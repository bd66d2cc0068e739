"""Runs as plots take them, made by hand: a history of some columns, events, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from runner.explaining.explanation import Ending
from runner.files.events import Event, NonfiniteEvent
from runner.files.finding import Finding
from runner.files.run_record import DataRecord, RunRecord
from runner.files.summary import Summary
from runner.report.left import LeftRun
from runner.report.plots import PLOTS

NAN = np.nan


def left(
    history: Mapping[str, Sequence[float]],
    summary: Summary | None = None,
    events: Sequence[Event] = (),
    findings: Sequence[Finding] = (),
    checkpoints: tuple[int, ...] = (),
    **changes: Any,
) -> LeftRun:
    """A run with these columns; `step` counts its rows."""
    columns = {name: np.array(values, dtype=np.float64) for name, values in history.items()}
    rows = len(next(iter(columns.values())))
    record = RunRecord(
        **{
            "started": "2026-11-21T02:00:00+00:00",
            "config": {"optimizer": {"name": "sgd", "lr": 0.5}},
            "overrides": ("optimizer.lr=0.5",),
            "task": "binary",
            "dataset": DataRecord("planar", "ab" * 32),
            "versions": {},
            "columns": ("step", *columns),
            "steps_planned": rows - 1,
            **changes,
        }
    )
    ended = Summary("finished", steps=rows - 1) if summary is None else summary
    steps = np.arange(rows, dtype=np.float64)
    ending = Ending(ended, events, findings, record.diagnosed)
    return LeftRun(Path("nowhere"), record, ending, {"step": steps, **columns}, checkpoints)


def infinite(step: int, **changes: Any) -> NonfiniteEvent:
    """An infinity in layer 2."""
    place = {"layer": 2, "tensor": "A2", "call": "log(1 - A2)", "count": 6, "size": 400}
    return NonfiniteEvent("inf", step, "loss", **{**place, **changes})


def draw(name: str, run: LeftRun, panel: int = 0) -> Any:
    """One panel of a plot on axes of its own."""
    plot = PLOTS[name]
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = plot.draw(plot.panels(run)[panel][1], figure.add_subplot())
    figure.canvas.draw()
    return axes


def labels(axes: Any) -> list[str]:
    """What the legend says."""
    return [text.get_text() for text in axes.get_legend().get_texts()]


def words(name: str, run: LeftRun) -> str:
    """What a plot says of itself."""
    return PLOTS[name].words(PLOTS[name].panels(run))
