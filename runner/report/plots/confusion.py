"""The confusion matrix of a classifier, with precision, recall and F1 of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.plots.answers import Classified, classified
from runner.report.plots.plot import Panel, Plot, only
from runner.report.plots.style import BLUE, FULL, GROUND, INK, SOFT, cut

_NUMBERS = 12  # classes up to which each cell has its number
_LONGEST = 10  # characters of a class
_MEASURES = ("precision", "recall", "F1")


def matrix(data: Classified) -> NDArray[np.int64]:
    """How many samples of each class (rows) were given each class (columns)."""
    count = data.probabilities.shape[1]
    return np.bincount(data.true * count + data.predicted, minlength=count * count).reshape(count, count)


def measures(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Precision, recall and F1 of each class, (classes, 3); NaN where nothing was predicted, or there is no sample."""
    right = np.diag(counts).astype(np.float64)
    with np.errstate(all="ignore"):
        precision, recall = right / counts.sum(axis=0), right / counts.sum(axis=1)
        return np.stack([precision, recall, 2 * right / (counts.sum(axis=0) + counts.sum(axis=1))], axis=1)


def draw(data: Classified, axes: Any) -> Any:
    """Cells coloured by the share of their row, with the number of samples; the measures of each class beside them."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    counts = matrix(data)
    size = len(counts)
    names = [cut(str(name), _LONGEST) for name in data.names]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    scale = LinearSegmentedColormap.from_list("share", [to_rgba(BLUE, 0.04), to_rgba(BLUE, FULL)])
    axes.pcolormesh(shares, cmap=scale, vmin=0, vmax=1, edgecolor=GROUND, linewidth=1.0 if size <= _NUMBERS else 0.2)
    if size <= _NUMBERS:
        small = 9 if size <= 6 else 7
        for row, column in np.ndindex(size, size):
            ink = INK if counts[row, column] else SOFT
            text = f"{counts[row, column]:,}"
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=ink, fontsize=small)
        room = size / 6 + 0.35
        for place, measure in enumerate(_MEASURES):
            x = size + room * (place + 0.62)
            axes.text(x, -0.12 * room, measure, ha="center", va="bottom", color=SOFT, fontsize=7.5)
            for row, value in enumerate(measures(counts)[:, place]):
                text = "–" if np.isnan(value) else f"{value:.2f}"
                axes.text(x, row + 0.5, text, ha="center", va="center", color=INK, fontsize=small)
        axes.set_xlim(0, size + room * 3.1)
    every = max(1, -(-size // 20))
    ticks = range(0, size, every)
    axes.set_xticks([k + 0.5 for k in ticks], [names[k] for k in ticks], rotation=0 if max(map(len, names)) < 4 else 40)
    axes.set_yticks([k + 0.5 for k in ticks], [names[k] for k in ticks])
    axes.set_ylim(size, 0)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xlabel("predicted class", loc="left")
    axes.set_ylabel("true class")
    return axes


def words(panels: Sequence[Panel]) -> str:
    """How many are right, and the commonest confusion."""
    data: Classified = panels[0][1]
    counts = matrix(data)
    right, whole = int(np.trace(counts)), int(counts.sum())
    said = f"{right:,} of {whole:,} {data.part} samples are right ({right / whole:.1%})"
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return f"{said}."
    true, given = divmod(int(wrong.argmax()), len(wrong))
    return f"{said}; most often {data.names[true]} is taken for {data.names[given]} ({wrong[true, given]:,} times)."


PLOT = Plot("Confusion matrix", lambda run: only(classified(run)), draw, words, lambda data: (3.9, 3.0))
