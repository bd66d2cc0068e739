"""What a network answered at its end on the data that say most about it, next to what would have been right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Split
from runner.report.left import LeftRun
from runner.report.plots.boundary import classes_of

Array = NDArray[Any]


@dataclass(frozen=True)
class Classified:
    """True and predicted classes (n,) of a part of the data, and the probability of each class (n, classes)."""

    part: str
    true: Array
    predicted: Array
    probabilities: Array
    names: Sequence[str]
    X: Array


@dataclass(frozen=True)
class Predicted:
    """True and predicted targets (n,), in their own units."""

    part: str
    target: str
    true: Array
    predicted: Array


def classified(run: LeftRun) -> Classified | None:
    """The answers of a classifier; None for anything else, or where they are not finite."""
    found = _answers(run)
    if found is None or run.record.task not in ("binary", "classes"):
        return None
    part, split, outputs = found
    probabilities = classes_of(outputs)
    names = run.record.dataset.targets if outputs.shape[1] > 1 else ("0", "1")
    true = classes_of(split.Y).argmax(axis=1)
    return Classified(part, true, probabilities.argmax(axis=1), probabilities, names, split.X)


def predicted(run: LeftRun) -> list[Predicted]:
    """The answers of a regression of several inputs, for each target."""
    found = _answers(run)
    if found is None or run.record.task != "regression" or len(run.record.dataset.features) < 2:
        return []
    part, split, outputs = found
    replay = run.replayed
    assert replay is not None
    scaling = replay.dataset.scaling
    Y, A = scaling.outputs(split.Y), scaling.outputs(outputs)
    return [Predicted(part, str(name), Y[:, k], A[:, k]) for k, name in enumerate(run.record.dataset.targets)]


def _answers(run: LeftRun) -> tuple[str, Split, Array] | None:
    """The part of the data that is shown, and the outputs for it at the last finite parameters."""
    replay = run.replayed
    if replay is None or not replay.finite():
        return None
    part, split = replay.shown()
    outputs = replay.answers(split, replay.finite()[-1])
    return (part, split, outputs) if np.isfinite(outputs).all() else None
