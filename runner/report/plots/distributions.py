"""How weights, activations and gradients of each layer are distributed, at the steps whose parameters were kept.

Nothing of it is recorded while a run trains: a pass with the parameters of each step gives it when it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.left import LeftRun
from runner.report.plots.lines import short, within
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import BLUE, HEIGHT, INK, WIDTH
from runner.report.replay import Replay

Array = NDArray[np.float64]

_BINS = 40
_TAILS = (0.01, 0.99)  # the axis spans these quantiles; what is beyond counts in its outermost bins
_WIDE_RANGE = 50.0  # largest over smallest of the layers' sizes from which on an axis is logarithmic
_MOST = 6  # layers that are drawn
_PER_LAYER = 0.3  # inches, of those beyond four


@dataclass(frozen=True)
class Distribution:
    """Histograms of each layer's values at some steps: `shares` (steps, bins) of all values, by layer.

    `edges` (bins + 1,) are those of the values, or of their sizes where the axis is `logarithmic`; `zeros` (steps,)
    are then the shares that are exactly 0, which such an axis has no place for. `medians` are those of the values on
    the axis. What is not finite, or too large to draw, is left out: the rows of a step of nothing else are NaN.
    """

    unit: str
    steps: Sequence[int]
    edges: Array
    shares: Mapping[int, Array]
    zeros: Mapping[int, Array]
    medians: Mapping[int, Array]
    logarithmic: bool
    samples: int


def distributions(run: LeftRun) -> Sequence[Panel]:
    """A panel for weights, activations and gradients; none where the parameters of no step between were kept."""
    replay = run.replayed
    if not isinstance(replay, Replay) or len(replay.finite()) < 3:
        return []
    steps = replay.finite()
    seen = [replay.values(step) for step in steps]
    kinds = (
        ("weights", "weight", [one.weights for one in seen]),
        ("activations", "activation", [one.activations for one in seen]),
        ("gradients", "gradient", [one.gradients for one in seen]),
    )
    found = ((label, distribution(unit, steps, values, replay.samples_seen)) for label, unit, values in kinds)
    return [(label, data) for label, data in found if data is not None]


def distribution(
    unit: str, steps: Sequence[int], values: Sequence[Mapping[int, NDArray[Any]]], samples: int
) -> Distribution | None:
    """The histograms of the values of each layer at some steps; None where there is nothing to draw."""
    known = [{layer: _known(one) for layer, one in moment.items()} for moment in values]
    every = [one for moment in known for one in moment.values() if len(one)]
    sizes = [float(np.quantile(np.abs(one), 0.95)) for one in every]
    above = [size for size in sizes if size > 0]
    if not every:
        return None
    logarithmic = bool(above) and max(above) / min(above) > _WIDE_RANGE
    on_axis = [{layer: _sizes(one) if logarithmic else one for layer, one in moment.items()} for moment in known]
    edges = _edges([one for moment in on_axis for one in moment.values() if len(one)], logarithmic=logarithmic)
    layers = list(values[0])
    return Distribution(
        f"size of {unit}" if logarithmic else unit,
        list(steps),
        edges,
        {n: np.array([_shares(on_axis[k][n], edges, len(known[k][n])) for k in range(len(steps))]) for n in layers},
        {n: np.array([_zeros(moment[n]) for moment in known]) for n in layers},
        {n: np.array([np.median(shown[n]) if len(shown[n]) else np.nan for shown in on_axis]) for n in layers},
        logarithmic,
        samples,
    )


def _known(values: NDArray[Any]) -> Array:
    flat = within(np.asarray(values, dtype=np.float64))
    return flat[np.isfinite(flat)]


def _sizes(values: Array) -> Array:
    return np.asarray(np.abs(values[values != 0]))


def _zeros(values: Array) -> float:
    return float((values == 0).mean()) if len(values) else np.nan


def _edges(values: Sequence[Array], *, logarithmic: bool) -> Array:
    ends = np.array([np.quantile(one, _TAILS) for one in values])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if logarithmic:
        return np.geomspace(low, max(high, low * 10), _BINS + 1)
    room = 0.5 * max(abs(high), 1e-12) if low == high else 0.0
    return np.linspace(low - room, high + room, _BINS + 1)


def _shares(shown: Array, edges: Array, count: int) -> Array:
    """The shares of `count` values that are in each bin."""
    if not count:
        return np.full(len(edges) - 1, np.nan)
    return np.asarray(np.histogram(np.clip(shown, edges[0], edges[-1]), edges)[0] / count)


def draw(data: Distribution, axes: Any) -> Any:
    """A band for each layer, in it a row for each step from first to last: the darker, the more values; the medians."""
    from matplotlib.colors import to_rgb

    layers, count = _shown(data), len(data.steps)
    table = np.full(((count + 1) * len(layers) - 1, _BINS), np.nan)
    heights, medians = np.full(len(table), np.nan), np.full(len(table), np.nan)
    place = np.log10(data.edges) if data.logarithmic else data.edges
    for k, layer in enumerate(layers):
        rows = slice(k * (count + 1), k * (count + 1) + count)
        shares = data.shares[layer]
        largest = np.maximum(shares.max(axis=1, keepdims=True), 1e-12)
        table[rows] = np.sqrt(shares / largest)
        heights[rows] = np.arange(rows.start, rows.stop)
        medians[rows] = np.log10(data.medians[layer]) if data.logarithmic else data.medians[layer]
    picture = np.empty((*table.shape, 4))
    picture[..., :3], picture[..., 3] = to_rgb(BLUE), np.nan_to_num(table) * 0.9
    extent = (place[0], place[-1], len(table) - 0.5, -0.5)
    axes.imshow(picture, extent=extent, aspect="auto", interpolation="none")
    axes.plot(np.clip(medians, place[0], place[-1]), heights, color=INK, lw=1.0)
    axes.set_xlim(place[0], place[-1])
    axes.grid(visible=False)
    if data.logarithmic:
        _decades(axes, float(place[0]), float(place[-1]))
    axes.set_yticks([k * (count + 1) + (count - 1) / 2 for k in range(len(layers))], [f"layer {n}" for n in layers])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(data.unit)
    axes.set_ylabel(f"step {data.steps[-1]:,} ← {data.steps[0]:,}")
    return axes


def _decades(axes: Any, low: float, high: float) -> None:
    """Labels on an axis of logarithms to base 10: powers of 10, few enough to be read."""
    first, last = int(np.ceil(low)), int(np.floor(high))
    every = max(1, -(-(last - first + 1) // 5))
    powers: Sequence[float] = range(first, last + 1, every) if last > first else (low, high)
    axes.set_xticks(list(powers), [short(10.0**power) for power in powers])


def _shown(data: Distribution) -> list[int]:
    """All layers; of many the first, the last and some between."""
    layers = list(data.shares)
    if len(layers) <= _MOST:
        return layers
    return [layers[round(k * (len(layers) - 1) / (_MOST - 1))] for k in range(_MOST)]


def size(data: Distribution) -> tuple[float, float]:
    """Higher where there are more layers."""
    return WIDTH, HEIGHT + _PER_LAYER * max(0, len(_shown(data)) - 4)


def words(panels: Sequence[Panel]) -> str:
    """How to read it, what it can't know, and the medians and zeros at the end."""
    first: Distribution = panels[0][1]
    said = []
    for label, data in panels:
        ends = [f"layer {n} {_end_said(data, n)}" for n in _shown(data)]
        said.append(f"{label} {', '.join(ends)}")
    steps = ", ".join(f"{step:,}" for step in first.steps)
    drawn, every = len(_shown(first)), len(first.shares)
    some = f" {drawn} of {every} layers are drawn." if drawn < every else ""
    return (
        f"In each layer a row for each step whose parameters were kept, downwards: {steps}; the line is the median. "
        f"Computed again from these, on {first.samples:,} training samples; nothing is known of the steps between."
        f"{some} Medians at the end: {'; '.join(said)}."
    )


def _end_said(data: Distribution, layer: int) -> str:
    median, zeros = float(data.medians[layer][-1]), float(data.zeros[layer][-1])
    if np.isnan(zeros):
        return "not finite, or too large to draw"
    if zeros == 1:
        return "all 0"
    # Rounded down: 99.9 % are not all.
    return short(median) + (f" ({int(100 * zeros)} % are 0)" if zeros >= 0.01 else "")


PLOT = Plot("Distributions by layer", distributions, draw, words, size)
