"""Parameters at a few steps of a run, as snapshots.npz holds them: what a plot of its past needs.

Everything else that a plot shows of the past, decision boundaries and distributions, is computed from them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.names import SNAPSHOTS

Vector = NDArray[np.floating[Any]]


def write_snapshots(folder: Path, parameters: Mapping[int, Vector]) -> None:
    """Write the flat vectors (parameters,) by step, in single precision: they are looked at, not trained on.

    Those of a run that was resumed come to those of its first part.
    """
    if not parameters:
        return
    first = min(parameters)
    earlier = {step: vector for step, vector in read_snapshots(folder).items() if step < first}
    kept = {**earlier, **parameters}
    with np.errstate(all="ignore"):  # what is too large for float32 is infinite in it
        held = np.array(list(kept.values()), dtype=np.float32)
    np.savez(folder / SNAPSHOTS, steps=np.array(list(kept), dtype=np.int64), parameters=held)


def read_snapshots(folder: Path) -> dict[int, Vector]:
    """The vectors by step, in their order; none where there are none, or the file is damaged."""
    try:
        with (folder / SNAPSHOTS).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            steps, held = arrays["steps"], arrays["parameters"].astype(np.float64)
            return dict(zip(map(int, steps), held, strict=True))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return {}
