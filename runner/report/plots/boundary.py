"""What a network answers everywhere in a plane of two inputs: at the start, half-way, and at the end.

Where a run broke, its end is the last parameters that were finite: those before the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.report.left import LeftRun
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import GROUND, INK, class_colours
from runner.report.replayed import Replayed

Array = NDArray[Any]

_FAINT = 0.55  # how much colour the most certain answer has
_LEVELS = 24


@dataclass(frozen=True)
class Boundary:
    """The classes' probabilities on a grid, (rows, columns, classes), and samples (n, 2) with their class (n,)."""

    x: Array
    y: Array
    probabilities: Array
    points: Array
    labels: Array
    names: tuple[str, str]


def boundaries(run: LeftRun) -> Sequence[Panel]:
    """The panels of a run; none but for classes of two inputs."""
    replay = run.replayed
    if replay is None or replay.around() is None:
        return []
    data = replay.dataset
    if len(data.features) != 2 or data.task not in ("binary", "classes"):
        return []
    return [(moment(replay, run, step), _boundary(replay, step)) for step in replay.moments()]


def moment(replay: Replayed, run: LeftRun, step: int) -> str:
    """A moment of a run in words."""
    if step == 0:
        return "start"
    if step < replay.finite()[-1]:
        return f"step {step:,}"
    broke = run.broke
    return f"end, step {step:,}" if broke is None else f"before the event, step {broke.step:,}"


def _boundary(replay: Replayed, step: int) -> Boundary:
    data = replay.dataset
    X, (x, y) = replay.drawn_inputs(data.train), replay.plane()
    around = replay.around()
    assert around is not None
    outputs = classes_of(replay.answers_for(around, step))
    labels = classes_of(data.train.Y[: len(X)]).argmax(axis=1)
    names = (str(data.features[0]), str(data.features[1]))
    return Boundary(x, y, outputs.reshape(len(y), len(x), -1), X, labels, names)


def classes_of(outputs: Array) -> Array:
    """The probability of each class, (n, classes): one output is that of the second of two."""
    return np.concatenate([1.0 - outputs, outputs], axis=1) if outputs.shape[1] == 1 else outputs


def draw(data: Boundary, axes: Any) -> Any:
    """The likeliest class as a colour, the fainter the less likely; lines between classes; the samples."""
    from matplotlib.colors import to_rgb

    count = data.probabilities.shape[-1]
    tones = class_colours(count)
    likeliest = data.probabilities.argmax(axis=-1)
    with np.errstate(invalid="ignore"):
        certain = np.clip((data.probabilities.max(axis=-1) - 1 / count) / (1 - 1 / count), 0.0, 1.0)
    picture = np.empty((*likeliest.shape, 4))
    picture[..., :3] = np.array([to_rgb(tone) for tone in tones])[likeliest]
    # In few steps, which the eye does not see and a file is smaller for.
    picture[..., 3] = np.nan_to_num(np.round(_LEVELS * certain) / _LEVELS) * (_FAINT - 0.06) + 0.06
    extent = (data.x[0], data.x[-1], data.y[0], data.y[-1])
    axes.imshow(picture, extent=extent, origin="lower", aspect="auto", interpolation="none")
    for one in range(count - 1 if count == 2 else count):
        ours = data.probabilities[..., one]
        others = np.delete(data.probabilities, one, axis=-1).max(axis=-1)
        margin = np.nan_to_num(ours - others)
        if margin.min() < 0 < margin.max():
            axes.contour(data.x, data.y, margin, levels=[0.0], colors=[INK], linewidths=1.1)
    for one, tone in enumerate(tones):
        chosen = data.points[data.labels == one]
        axes.plot(chosen[:, 0], chosen[:, 1], "o", ms=4, mfc=tone, mec=GROUND, mew=0.5)
    axes.grid(visible=False)
    axes.set_xlabel(data.names[0])
    axes.set_ylabel(data.names[1])
    return axes


def words(panels: Sequence[Panel]) -> str:
    """How many of the samples are on the right side."""
    said = []
    for label, data in panels:
        rows = np.abs(data.y[:, None] - data.points[None, :, 1]).argmin(axis=0)
        columns = np.abs(data.x[:, None] - data.points[None, :, 0]).argmin(axis=0)
        right = data.probabilities[rows, columns].argmax(axis=1) == data.labels
        said.append(f"{label}: {int(right.sum()):,} of the {len(right):,} samples shown lie on their side")
    return f"{'; '.join(said)}."


PLOT = Plot("Decision boundary", boundaries, draw, words, lambda data: (3.4, 3.0))
