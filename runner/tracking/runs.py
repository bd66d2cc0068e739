"""Finding a run by what a user types: an MLflow run id, a unique prefix, a run folder, or `last`.

The files of a run are read from its folder if that is still on this machine, else downloaded from the store. Files from
a store may have been written by anybody: they are read as text and arrays, never unpickled or executed.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.errors import Problem, UserError, nearest
from runner.files.json_files import read_json
from runner.files.names import MLFLOW_RUN, RECORD, SWEEP
from runner.files.run_record import RunRecord, read_record
from runner.files.summary import read_summary
from runner.tracking.content.run import FOLDER_TAG, PARENT_TAG, SWEEP_TAG
from runner.tracking.folders import newest_folder, run_folders
from runner.tracking.sending.connection import connect
from runner.tracking.store import Store, exists, probe, redact

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

LAST = "last"
_SHORTEST_PREFIX = 4
_IDENTIFIER = re.compile(r"[0-9a-f]{1,32}")
_FEW = 20
_NEIGHBOURS = 200  # recent runs among which the nearest to a mistyped id is searched
_OURS = f"tags.`{FOLDER_TAG}` LIKE '%'"
_NEWEST_FIRST = ["attributes.start_time DESC"]


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
    with store_errors(store):
        return _of_store(connect(store), found)


def find_sweep(word: str, store: Store | None, outputs: Path) -> Path | None:
    """The folder of the sweep that `word` names: the folder, its MLflow run, or `last` if the newest run is of a sweep.

    None where it names none; `UserError` where its folder is not on this machine.
    """
    if (Path(word) / SWEEP).is_file():
        return Path(word)
    if Path(word).exists() or store is None or not exists(store):
        return None
    probe(store)
    with store_errors(store):
        client = connect(store)
        run = next(iter(search(client, _OURS, 1)), None) if word == LAST else _by_id(client, word)
        if run is not None and word == LAST and (parent := run.data.tags.get(PARENT_TAG)):
            run = client.get_run(parent)
        if run is None or run.data.tags.get(SWEEP_TAG) != "true":
            return None
    folder = Path(run.data.tags[FOLDER_TAG])
    if not _is_of(folder, run):
        raise UserError(f"the folder of the sweep {run.info.run_id} is not on this machine: {folder}")
    return folder


def sweep_run(client: MlflowClient, word: str) -> Run | None:
    """The MLflow run of the sweep that `word` names: its id, the id of one of its jobs, or `last` for the newest."""
    if word == LAST:
        return next(iter(search(client, f"tags.`{SWEEP_TAG}` = 'true'", 1)), None)
    run = _by_id(client, word)
    if run is not None and (parent := run.data.tags.get(PARENT_TAG)):
        run = client.get_run(parent)
    return run if run is not None and run.data.tags.get(SWEEP_TAG) == "true" else None


def files_of(client: MlflowClient, run: Run) -> tuple[Path, bool]:
    """The folder with the files of an MLflow run, and whether it is the run's own; else they were downloaded."""
    folder = Path(run.data.tags.get(FOLDER_TAG, ""))
    return (folder, True) if _is_of(folder, run) else (_downloaded(client, run.info.run_id), False)


def _is_of(folder: Path, run: Run) -> bool:
    """Whether a folder belongs to the run: its note distinguishes it from one of the same name on another machine."""
    note = read_json(folder / MLFLOW_RUN) if folder.is_absolute() else None
    return note is not None and note.get("run_id") == run.info.run_id


def find_run_id(word: str, store: Store, outputs: Path) -> str:
    """The MLflow run id that `word` names, without downloading any file; UserError as above, or where it has none."""
    found = _locate(word, store, outputs)
    run_id = _in_folder(found).run_id if isinstance(found, Path) else str(found.info.run_id)
    if run_id is None:
        raise UserError(f"the run in {found} was never delivered to a store")
    return run_id


def _locate(word: str, store: Store | None, outputs: Path) -> Path | Run:
    if (Path(word) / RECORD).is_file():
        return Path(word)
    if store is not None and exists(store):
        probe(store)
        with store_errors(store):
            client = connect(store)
            run = _newest(client) if word == LAST else _by_id(client, word)
            if run is not None:
                return run
            known = [run.info.run_id for run in search(client, _OURS, _NEIGHBOURS)]
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


def search(client: MlflowClient, filter_string: str, limit: int, experiments: list[str] | None = None) -> list[Run]:
    """Runs that pass MLflow's filter, newest first, in the given experiments (default: all)."""
    ids = experiments or [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(ids, filter_string, max_results=limit, order_by=_NEWEST_FIRST))


@contextmanager
def store_errors(store: Store, path: str = "tracking.uri", given: str | None = None) -> Iterator[None]:
    """Turn errors of the store into `UserError`: an old schema, a stopped server; or, with `path`, a bad filter."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise UserError(Problem(path, redact(error.message), given=given or store.shown)) from None


def _newest(client: MlflowClient) -> Run | None:
    # The newest that is not a sweep's parent run, which has no network.
    return next((run for run in search(client, _OURS, _FEW) if SWEEP_TAG not in run.data.tags), None)


def _by_id(client: MlflowClient, word: str) -> Run | None:
    if not _IDENTIFIER.fullmatch(word):
        return None
    if len(word) < _SHORTEST_PREFIX:
        raise UserError(f"{word!r} is too short for a run id: give at least {_SHORTEST_PREFIX} characters")
    runs = search(client, f"attributes.run_id LIKE '{word}%'", 6)
    if len(runs) > 1:
        ids = [run.info.run_id for run in runs]
        raise UserError(Problem("", f"{word!r} is the prefix of several run ids; give more characters", allowed=ids))
    return runs[0] if runs else None


def _of_store(client: MlflowClient, run: Run) -> FoundRun:
    run_id = run.info.run_id
    folder, local = files_of(client, run)
    record = read_record(folder)
    if record is None:
        raise UserError(f"the MLflow run {run_id} was not made by this program: it has no {RECORD}")
    return FoundRun(folder, record, run_id, local)


def _downloaded(client: MlflowClient, run_id: str) -> Path:
    folder = tempfile.mkdtemp(prefix="whynan-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(client.download_artifacts(run_id, "", folder))


def _in_folder(folder: Path) -> FoundRun:
    record = read_record(folder)
    if record is None:
        raise UserError(f"{folder / RECORD} is damaged")
    note = read_json(folder / MLFLOW_RUN) or {}
    return FoundRun(folder, record, note.get("run_id"), local=True)
