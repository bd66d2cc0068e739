"""Loading the network of a run: read as arrays, never unpickled, and refused if it was damaged or changed."""

from __future__ import annotations

import zipfile

from runner.errors import UserError
from runner.files.names import WEIGHTS
from runner.tracking.content.model import columns_of
from runner.tracking.runs import FoundRun
from runner.tracking.trained import TrainedNetwork


def load_network(run: FoundRun) -> TrainedNetwork:
    """The trained network of a run; `UserError` if there is none, or if its file is not one that training writes."""
    path = run.file(WEIGHTS)
    try:
        return TrainedNetwork.load(path, columns_of(run.record))
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"{path} is damaged or was changed: {reason}") from error
