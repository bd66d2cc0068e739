"""The folder that a command writes to: made where it isn't there, refused where it holds results already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runner.errors import Problem, UserError
from runner.files.names import CHECK, LADDER, RECORD

# Files of a run, of a check and of a ladder.
RESULTS = (RECORD, CHECK, LADDER)


def claimed(folder: Path, taken: Iterable[str] = (RECORD,)) -> Path:
    """The absolute path of `folder`, which exists from now on; `UserError` where it holds one of the files `taken`."""
    folder = folder.absolute()
    found = next((name for name in taken if (folder / name).exists()), None)
    if found is not None:
        kind = {RECORD: "run", CHECK: "gradient check", LADDER: "ladder"}[found]
        raise UserError(Problem("hydra.run.dir", f"this folder holds a {kind} already; name another", str(folder)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(Problem("hydra.run.dir", f"can't make this folder: {error.strerror}", str(folder))) from error
    return folder
