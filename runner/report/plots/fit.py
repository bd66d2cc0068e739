"""Data of one input with the curve that was fitted to them: at the start, half-way, and at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.left import LeftRun
from runner.report.plots.boundary import moment
from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BLUE, ORANGE, SOFT, legend

Array = NDArray[Any]

_FEW = 60
_PARTS = (("training data", "o", SOFT), ("held-out data", "D", ORANGE))


@dataclass(frozen=True)
class Fit:
    """Samples by part, x (n,) and y (n,), and curves by moment: y at each of `x`."""

    x: Array
    curves: dict[str, Array]
    parts: dict[str, tuple[Array, Array]] = field(default_factory=dict)
    names: tuple[str, str] = ("x", "y")


def fit(run: LeftRun) -> Fit | None:
    """The fit of a run; None but for one input and one output."""
    replay = run.replayed
    if replay is None or replay.around() is None:
        return None
    data = replay.dataset
    if len(data.features) != 1 or data.train.Y.shape[1] != 1 or not replay.finite():
        return None
    scaling, parts = data.scaling, {}
    held = data.test if data.test is not None else data.valid
    for (name, _, _), part in zip(_PARTS, (data.train, held), strict=True):
        if part is not None:
            X = replay.drawn_inputs(part)
            parts[name] = (X[:, 0], np.asarray(scaling.outputs(part.Y[: len(X)]))[:, 0])
    x = replay.line()
    curves = {moment(replay, run, step): replay.answers_for(x[:, None], step)[:, 0] for step in replay.moments()}
    return Fit(x, curves, parts, (str(data.features[0]), str(data.targets[0])))


def draw(data: Fit, axes: Any) -> Any:
    """The samples, and the curves: the last one strong, those before it faint."""
    for name, marker, colour in _PARTS:
        if name in data.parts:
            x, y = data.parts[name]
            look = {"ms": 4, "mew": 1.1} if len(x) <= _FEW else {"ms": 2.4, "mew": 0.7}
            axes.plot(x, y, marker, mfc="none", mec=colour, label=name, zorder=1.5, **look)
    styles = ((0, (1, 2)), (0, (4, 2)), "-")[-len(data.curves) :]
    for (label, values), style in zip(data.curves.items(), styles, strict=True):
        last = style == "-"
        axes.plot(data.x, values, color=BLUE, ls=style, lw=1.9 if last else 1.2, alpha=1 if last else 0.7, label=label)
    known = np.concatenate([y for _, y in data.parts.values()])
    low, high = float(known.min()), float(known.max())
    room = (high - low) or 1.0
    axes.set_ylim(low - 0.5 * room, high + 0.5 * room)  # a curve that went far off doesn't flatten the data
    axes.set_xlabel(data.names[0])
    axes.set_ylabel(data.names[1])
    legend(axes)
    return axes


def words(panels: Sequence[Panel]) -> str:
    """How far the last curve is from the samples."""
    data: Fit = panels[0][1]
    label, curve = list(data.curves.items())[-1]
    said = []
    for name, (x, y) in data.parts.items():
        with np.errstate(all="ignore"):
            off = np.abs(np.interp(x, data.x, curve) - y)
        said.append(f"{name}: off by {np.median(off):.3g} in the median, by {off.max():.3g} at most")
    return f"{label}: {'; '.join(said)}."


PLOT = Plot("Data and fitted curve", lambda run: only(fit(run)), draw, words)
