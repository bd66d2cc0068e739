"""The images that a classifier of digits is most wrong about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.left import LeftRun
from runner.report.plots.answers import classified
from runner.report.plots.plot import Panel, Plot, only

# The data sets whose inputs are square images.
IMAGES = ("digits", "mnist")
_ACROSS, _DOWN = 6, 2


@dataclass(frozen=True)
class Mistakes:
    """Images (k, side, side), what each shows, what it was taken for, and the probability given to that."""

    part: str
    wrong: int
    whole: int
    images: NDArray[np.float64]
    true: Sequence[str]
    taken_for: Sequence[str]
    probability: Sequence[float]


def mistakes(run: LeftRun) -> Mistakes | None:
    """The worst mistakes of a run, the surest first; None where the data are no images, or nothing is wrong."""
    if run.record.dataset.name not in IMAGES or run.replayed is None:
        return None
    data = classified(run)
    if data is None:
        return None
    wrong = np.flatnonzero(data.true != data.predicted)
    side = math.isqrt(data.X.shape[1])
    if not len(wrong) or side * side != data.X.shape[1]:
        return None
    sure = data.probabilities[wrong, data.predicted[wrong]]
    worst = wrong[np.argsort(-sure, kind="stable")][: _ACROSS * _DOWN]
    scaling = run.replayed.dataset.scaling
    images = (data.X[worst] * scaling.input_scale + scaling.input_mean).reshape(-1, side, side)
    return Mistakes(
        data.part,
        len(wrong),
        len(data.true),
        images,
        [str(data.names[k]) for k in data.true[worst]],
        [str(data.names[k]) for k in data.predicted[worst]],
        [float(value) for value in data.probabilities[worst, data.predicted[worst]]],
    )


def draw(data: Mistakes, axes: Any) -> Any:
    """The images side by side, each with what it is and what it was taken for."""
    low, high = float(data.images.min()), float(data.images.max())
    for place, image in enumerate(data.images):
        down, across = divmod(place, _ACROSS)
        left, top = across * 1.12, down * 1.62
        extent = (left, left + 1, top + 1, top)
        axes.imshow(image, cmap="gray_r", vmin=low, vmax=high, extent=extent, interpolation="nearest")
        text = f"{data.true[place]} → {data.taken_for[place]}"
        axes.text(left + 0.5, top + 1.18, text, ha="center", va="center", fontsize=8.5)
        axes.text(left + 0.5, top + 1.4, f"{data.probability[place]:.0%}", ha="center", va="center", fontsize=7.5)
    rows = -(-len(data.images) // _ACROSS)
    axes.set_xlim(-0.05, _ACROSS * 1.12)
    axes.set_ylim(rows * 1.62, -0.05)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes


def words(panels: Sequence[Panel]) -> str:
    """How many are wrong, and what is shown of each."""
    data: Mistakes = panels[0][1]
    return (
        f"{data.wrong:,} of {data.whole:,} {data.part} images are taken for another class; those with the surest "
        "wrong answers: what it is → what it was taken for, with the probability given to that."
    )


def size(data: Mistakes) -> tuple[float, float]:
    """As high as there are rows."""
    return (3.9, 1.95 if len(data.images) > _ACROSS else 1.2)


PLOT = Plot("Worst mistakes", lambda run: only(mistakes(run)), draw, words, size)
