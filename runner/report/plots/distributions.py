"""How weights, activations and gradients of each layer are distributed, at the steps whose parameters were kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.left import LeftRun
from runner.report.plots.lines import first_and_last, log_possible, log_steps, plain_ticks, positive, short, within
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import colours, legend
from runner.report.replay import Replay

_QUANTILES = (0.05, 0.5, 0.95)
_NAMED = 6  # layers that all have their names
_BANDS = 4  # layers up to which the range of each is shaded


@dataclass(frozen=True)
class Distribution:
    """The 5 %, 50 % and 95 % quantiles (steps, 3) of the values of each layer, at some steps."""

    unit: str
    steps: NDArray[np.float64]
    layers: Mapping[int, NDArray[np.float64]]
    logarithmic: bool


def distributions(run: LeftRun) -> Sequence[Panel]:
    """A panel for weights, activations and gradients; none where the parameters of no step between were kept."""
    replay = run.replayed
    if not isinstance(replay, Replay) or len(replay.finite()) < 3:
        return []
    steps = replay.finite()
    seen = [replay.values(step) for step in steps]
    kinds = (
        ("weights", "size of weights", [one.weights for one in seen], True),
        ("activations", "activation", [one.activations for one in seen], False),
        ("gradients", "size of gradient", [one.gradients for one in seen], True),
    )
    panels = []
    for label, unit, values, sizes in kinds:
        layers = {
            index: np.array([_quantiles(one[index], sizes=sizes) for one in values], dtype=np.float64)
            for index in values[0]
        }
        panels.append(
            (
                label,
                Distribution(unit, np.array(steps, dtype=np.float64), layers, sizes and log_possible(layers.values())),
            )
        )
    return panels


def _quantiles(values: NDArray[Any], *, sizes: bool) -> NDArray[np.float64]:
    known = np.abs(values) if sizes else values
    known = known[np.isfinite(known)]
    return np.quantile(known, _QUANTILES) if len(known) else np.full(3, np.nan)


def draw(data: Distribution, axes: Any) -> Any:
    """The median of each layer, and the range of nine tenths of its values."""
    tones = colours(len(data.layers))
    shown = len(data.layers) <= _BANDS
    for (index, table), tone in zip(data.layers.items(), tones, strict=True):
        low, middle, high = (positive(column) if data.logarithmic else within(column) for column in table.T)
        named = index in _few(data)
        axes.plot(data.steps, middle, color=tone, lw=1.5, label=f"layer {index}" if named else "_")
        if shown:
            axes.fill_between(data.steps, low, high, color=tone, alpha=0.14, lw=0)
    if data.logarithmic:
        axes.set_yscale("log")
        plain_ticks(axes)
    log_steps(axes, float(data.steps[-1]))
    axes.set_ylabel(data.unit)
    legend(axes)
    return axes


def _few(data: Distribution) -> list[int]:
    """All layers, of many the first and the last."""
    layers = list(data.layers)
    return layers if len(layers) <= _NAMED else [layers[0], layers[-1]]


def words(panels: Sequence[Panel]) -> str:
    """What the lines are, and the medians at the end."""
    said = []
    for label, data in panels:
        ends = ", ".join(f"layer {index} {short(first_and_last(data.layers[index][:, 1])[1])}" for index in _few(data))
        said.append(f"{label}: {ends}")
    band = "; shaded: from 5 % to 95 %" if len(panels[0][1].layers) <= _BANDS else ""
    return f"Lines: the median{band}. Medians at the end: {'; '.join(said)}."


PLOT = Plot("Distributions by layer", distributions, draw, words)
