"""The loss before and after each fix that was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.history import thinned
from runner.report.left import LeftRun
from runner.report.plots.lines import log_helps, of_losses, plain_ticks, positive, short, within
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import BAD, GREEN, cut

Column = NDArray[np.float64]

_MOST = 3
_LONGEST = 60


@dataclass(frozen=True)
class Fixed:
    """The loss of a run and of the same with a fix, each over its own steps, and both outcomes."""

    before: tuple[Column, Column]
    after: tuple[Column, Column]
    outcomes: tuple[str, str]


def fixes(run: LeftRun) -> Sequence[Panel]:
    """A panel for each fix that was run with success, each once."""
    loss = run.column("loss")
    panels: dict[str, Fixed] = {}
    for finding in run.findings:
        verified = finding.verified
        label = cut(" ".join(finding.prescription), _LONGEST)
        if verified is None or not verified.curve or loss is None or label in panels:
            continue
        steps, values = zip(*verified.curve, strict=True)
        after = np.array(steps, dtype=np.float64), np.array(values, dtype=np.float64)
        panels[label] = Fixed((run.steps, run.history["loss"]), after, (verified.before, verified.after))
    return list(panels.items())[:_MOST]


def draw(data: Fixed, axes: Any) -> Any:
    """Both curves."""
    logarithmic = log_helps([data.before[1], data.after[1]])
    curves = ((data.before, BAD, f"before: {data.outcomes[0]}"), (data.after, GREEN, f"after: {data.outcomes[1]}"))
    for order, ((steps, values), colour, label) in enumerate(curves):
        steps, kept = thinned(steps, positive(values) if logarithmic else within(values), 300)
        axes.plot(steps, kept, color=colour, lw=1.2, label=label, zorder=3 - 0.5 * order)
    if logarithmic:
        axes.set_yscale("log")
        plain_ticks(axes)
    axes.margins(x=0.015)
    return of_losses(axes)


def words(panels: Sequence[Panel]) -> str:
    """What each fix did."""
    said = []
    for label, data in panels:
        known = data.after[1][np.isfinite(data.after[1])]
        last = f", loss {short(float(known[-1]))}" if len(known) else ""
        said.append(f"{label}: {data.outcomes[0]} → {data.outcomes[1]}{last}")
    return f"{'; '.join(said)}."


PLOT = Plot("Each fix, before and after", fixes, draw, words)
