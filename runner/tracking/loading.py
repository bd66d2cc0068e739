"""Loading the network of a run: read as arrays, never unpickled, and refused if it was damaged or changed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.errors import UserError
from runner.files.names import WEIGHTS
from runner.tracking.content.model import columns_of
from runner.tracking.runs import FoundRun
from runner.tracking.trained import TrainedNetwork


def load_network(run: FoundRun) -> TrainedNetwork:
    """The trained network of a run; `UserError` if there is none, or if its file is not one that training writes."""
    with damage_reported(run.file(WEIGHTS)) as path:
        return TrainedNetwork.load(path, columns_of(run.record))


def load_arrays(run: FoundRun) -> dict[str, NDArray[Any]]:
    """All arrays of weights.npz; `UserError` where it is damaged."""
    with (
        damage_reported(run.file(WEIGHTS)) as path,
        path.open("rb") as file,
        np.load(file, allow_pickle=False) as found,
    ):
        return dict(found)


@contextmanager
def damage_reported(path: Path) -> Iterator[Path]:
    """Raise `UserError` for what is raised when a file of arrays isn't one that training writes."""
    try:
        yield path
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"{path} is damaged or was changed: {reason}") from error
