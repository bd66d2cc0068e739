"""The samples that a subject is called with, where its file has none of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.datasets import load
from runner.settings import Settings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """X (n, features) and Y (n, outputs), and whether they come before X and Y of the file."""

    X: Array
    Y: Array
    first: bool = True


def samples_of(settings: Settings, *, asked: bool) -> Samples:
    """The training part of the configured data set; before those of the file where it was asked for."""
    streams = settings.streams()
    part = load(settings.dataset, streams, np.dtype(np.float64)).train
    return Samples(part.X.astype(np.float64), part.Y.astype(np.float64), asked)
