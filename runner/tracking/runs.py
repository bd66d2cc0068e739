"""Finding a run by what a user types: an MLflow run id, a unique prefix, a run folder, or `last`.

The files of a run are read from its folder if that is still on this machine, else downloaded from the store. Files from
a store may have been written by anybody: they are read as text and arrays, never unpickled or executed.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.errors import Problem, UserError, nearest
from runner.files.json_files import read_json
from runner.files.names import MLFLOW_RUN, RECORD, SWEEP
from runner.files.run_record import RunRecord, read_record
from runner.files.summary import read_summary
from runner.tracking.content.run import FOLDER_TAG, PARENT_TAG, SWEEP_TAG
from runner.tracking.folders import newest_folder, run_folders
from runner.tracking.sending.connection import connect
from runner.tracking.store import Store, exists, probe
from runner.tracking.stored.reading import reader, store_errors
from runner.tracking.stored.run import Query, Reader, StoredRun

LAST = "last"
_SHORTEST_PREFIX = 4
_IDENTIFIER = re.compile(r"[0-9a-f]{1,32}")
_NEIGHBOURS = 200  # recent runs among which the nearest to a mistyped id is searched
_OURS = Query(tags={FOLDER_TAG: None})
# The parent run of a sweep has no network.
_TRAINED = Query(tags={FOLDER_TAG: None}, without=(SWEEP_TAG,))
_SWEEPS = Query(tags={SWEEP_TAG: "true"})


@dataclass(frozen=True)
class FoundRun:
    """A run: `folder` holds its files, `run_id` its MLflow run where it has one.

    `local` says that the folder is on this machine; else its files were downloaded, and may be anybody's.
    """

    folder: Path
    record: RunRecord
    run_id: str | None
    local: bool

    @property
    def config(self) -> Mapping[str, Any]:
        """The resolved configuration."""
        return self.record.config

    def file(self, name: str) -> Path:
        """A file of the run; UserError where it left none of that name."""
        path = self.folder / name
        if not path.is_file():
            ended = read_summary(self.folder)
            state = f"its outcome is {ended.outcome!r}" if ended else "it is running, or was cut off"
            raise UserError(f"the run in {self.folder} has no {name}: {state}")
        return path


def find_run(word: str, store: Store | None, outputs: Path) -> FoundRun:
    """The run that `word` names, searched in `store` (None: only among folders) and in the folder `outputs`.

    Raises UserError where there is none, or more than one.
    """
    found = _locate(word, store, outputs)
    if isinstance(found, Path):
        return _in_folder(found)
    assert store is not None
    return _of_store(store, found)


def find_sweep(word: str, store: Store | None, outputs: Path) -> Path | None:
    """The folder of the sweep that `word` names: the folder, its MLflow run, or `last` if the newest run is of a sweep.

    None where it names none; `UserError` where its folder is not on this machine.
    """
    if (Path(word) / SWEEP).is_file():
        return Path(word)
    if Path(word).exists() or store is None or not exists(store):
        return None
    probe(store)
    with reader(store) as runs:
        run = next(iter(runs.runs(_OURS, 1)), None) if word == LAST else _by_id(runs, word)
        if run is not None and word == LAST and (parent := run.tags.get(PARENT_TAG)):
            run = _of_id(runs, parent)
    if run is None or run.tags.get(SWEEP_TAG) != "true":
        return None
    folder = Path(run.tags[FOLDER_TAG])
    if not _is_of(folder, run):
        raise UserError(f"the folder of the sweep {run.run_id} is not on this machine: {folder}")
    return folder


def sweep_run(runs: Reader, word: str) -> StoredRun | None:
    """The MLflow run of the sweep that `word` names: its id, the id of one of its jobs, or `last` for the newest."""
    if word == LAST:
        return next(iter(runs.runs(_SWEEPS, 1)), None)
    run = _by_id(runs, word)
    if run is not None and (parent := run.tags.get(PARENT_TAG)):
        run = _of_id(runs, parent)
    return run if run is not None and run.tags.get(SWEEP_TAG) == "true" else None


def files_of(store: Store, run: StoredRun) -> tuple[Path, bool]:
    """The folder with the files of an MLflow run, and whether it is the run's own; else they were downloaded."""
    folder = Path(run.tags.get(FOLDER_TAG, ""))
    return (folder, True) if _is_of(folder, run) else (_downloaded(store, run.run_id), False)


def _is_of(folder: Path, run: StoredRun) -> bool:
    """Whether a folder belongs to the run: its note distinguishes it from one of the same name on another machine."""
    note = read_json(folder / MLFLOW_RUN) if folder.is_absolute() else None
    return note is not None and note.get("run_id") == run.run_id


def find_run_id(word: str, store: Store, outputs: Path) -> str:
    """The MLflow run id that `word` names, without downloading any file; UserError as above, or where it has none."""
    found = _locate(word, store, outputs)
    run_id = _in_folder(found).run_id if isinstance(found, Path) else found.run_id
    if run_id is None:
        raise UserError(f"the run in {found} was never delivered to a store")
    return run_id


def _locate(word: str, store: Store | None, outputs: Path) -> Path | StoredRun:
    if (Path(word) / RECORD).is_file():
        return Path(word)
    if store is not None and exists(store):
        probe(store)
        with reader(store) as runs:
            run = next(iter(runs.runs(_TRAINED, 1)), None) if word == LAST else _by_id(runs, word)
            if run is not None:
                return run
            known = [run.run_id for run in runs.runs(_OURS, _NEIGHBOURS)]
        searched = f"among the runs in {store.shown}"
    else:
        searched = f"under {outputs}/" + (f" ({store.shown} doesn't exist)" if store else "")
        known = []
        if word == LAST and (folder := newest_folder(outputs)) is not None:
            return folder
    if word == LAST:
        raise UserError(f"there is no run yet {searched}; `python -m runner` makes one")
    near = nearest(word, [run_id[: max(len(word), 8)] for run_id in known])
    near = near or nearest(word, [str(folder) for folder in run_folders(outputs)])
    raise UserError(Problem("", f"no run {word!r}: not a run folder, nor an id {searched}", nearest=near))


def _by_id(runs: Reader, word: str) -> StoredRun | None:
    if not _IDENTIFIER.fullmatch(word):
        return None
    if len(word) < _SHORTEST_PREFIX:
        raise UserError(f"{word!r} is too short for a run id: give at least {_SHORTEST_PREFIX} characters")
    found = runs.runs(Query(prefix=word), 6)
    if len(found) > 1:
        ids = [run.run_id for run in found]
        raise UserError(Problem("", f"{word!r} is the prefix of several run ids; give more characters", allowed=ids))
    return found[0] if found else None


def _of_id(runs: Reader, run_id: str) -> StoredRun | None:
    return next(iter(runs.runs(Query(prefix=run_id), 1)), None)


def _of_store(store: Store, run: StoredRun) -> FoundRun:
    folder, local = files_of(store, run)
    record = read_record(folder)
    if record is None:
        raise UserError(f"the MLflow run {run.run_id} was not made by this program: it has no {RECORD}")
    return FoundRun(folder, record, run.run_id, local)


def _downloaded(store: Store, run_id: str) -> Path:
    folder = tempfile.mkdtemp(prefix="whynan-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with store_errors(store):
        return Path(connect(store).download_artifacts(run_id, "", folder))


def _in_folder(folder: Path) -> FoundRun:
    record = read_record(folder)
    if record is None:
        raise UserError(f"{folder / RECORD} is damaged")
    note = read_json(folder / MLFLOW_RUN) or {}
    return FoundRun(folder, record, note.get("run_id"), local=True)
