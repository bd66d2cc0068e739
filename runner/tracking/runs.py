"""Finding a run by what people type: an MLflow run id, the beginning of one, a run folder, or `last`.

The files of a run are taken from its folder where that still is on this machine, else fetched from the store. What
comes from there was perhaps written by somebody else: it is read as text and arrays, never unpickled or executed.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.errors import Problem, UserError, nearest
from runner.files.spool import read_json
from runner.files.sweep_spool import SWEEP
from runner.tracking.content.run import FOLDER_TAG, PARENT_TAG, SWEEP_TAG
from runner.tracking.delivery import connect
from runner.tracking.store import Store, exists, probe, redact
from runner.tracking.track import NOTE

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

LAST = "last"
_SHORTEST_PREFIX = 4
_IDENTIFIER = re.compile(r"[0-9a-f]{1,32}")
_NAMED = ("features", "targets")  # what run.json lists of a data set
_FEW = 20
_NEIGHBOURS = 200  # recent runs among which the nearest to a mistyped id is looked for
_OURS = f"tags.`{FOLDER_TAG}` LIKE '%'"
_NEWEST_FIRST = ["attributes.start_time DESC"]


@dataclass(frozen=True)
class FoundRun:
    """A run: `folder` holds its files, `record` is its run.json, `run_id` its MLflow run where it has one.

    `local` says that the folder is on this machine; else its files were fetched, and may be anybody's.
    """

    folder: Path
    record: Mapping[str, Any]
    run_id: str | None
    local: bool

    @property
    def config(self) -> Mapping[str, Any]:
        """The resolved configuration."""
        config: Mapping[str, Any] = self.record["config"]
        return config

    def file(self, name: str) -> Path:
        """A file of the run; UserError where it left none of that name."""
        path = self.folder / name
        if not path.is_file():
            ended = read_json(self.folder / "summary.json")
            state = f"its outcome is {ended['outcome']!r}" if ended else "it is running, or was cut off"
            raise UserError(f"the run in {self.folder} has no {name}: {state}")
        return path


def find_run(word: str, store: Store | None, outputs: Path) -> FoundRun:
    """The run that `word` means, searched in `store` (None: only among folders) and in the folder `outputs`.

    Raises UserError where there is none, or more than one.
    """
    found = _locate(word, store, outputs)
    if isinstance(found, Path):
        return _in_folder(found)
    assert store is not None
    with store_errors(store):
        return _of_store(connect(store), found)


def find_sweep(word: str, store: Store | None, outputs: Path) -> Path | None:
    """The folder of the sweep that `word` means: it, its MLflow run, or `last`, where the newest run is of a sweep.

    None where it means none; `UserError` where its folder is not on this machine.
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
    """The MLflow run of the sweep that `word` means: the id of it or of one of its jobs, or `last`, the newest."""
    if word == LAST:
        return next(iter(search(client, f"tags.`{SWEEP_TAG}` = 'true'", 1)), None)
    run = _by_id(client, word)
    if run is not None and (parent := run.data.tags.get(PARENT_TAG)):
        run = client.get_run(parent)
    return run if run is not None and run.data.tags.get(SWEEP_TAG) == "true" else None


def files_of(client: MlflowClient, run: Run) -> tuple[Path, bool]:
    """The folder with the files of an MLflow run, and whether it is that of the run; else they were fetched."""
    folder = Path(run.data.tags.get(FOLDER_TAG, ""))
    return (folder, True) if _is_of(folder, run) else (_downloaded(client, run.info.run_id), False)


def _is_of(folder: Path, run: Run) -> bool:
    """Whether a folder is that of the run: its note tells it from one of the same name on another machine."""
    note = read_json(folder / NOTE) if folder.is_absolute() else None
    return note is not None and note.get("run_id") == run.info.run_id


def find_run_id(word: str, store: Store, outputs: Path) -> str:
    """The MLflow run id that `word` means, without fetching any file; UserError as above, or where it has none."""
    found = _locate(word, store, outputs)
    run_id = _in_folder(found).run_id if isinstance(found, Path) else str(found.info.run_id)
    if run_id is None:
        raise UserError(f"the run in {found} never reached a store")
    return run_id


def _locate(word: str, store: Store | None, outputs: Path) -> Path | Run:
    if (Path(word) / "run.json").is_file():
        return Path(word)
    if store is not None and exists(store):
        probe(store)
        with store_errors(store):
            client = connect(store)
            run = _newest(client) if word == LAST else _by_id(client, word)
            if run is not None:
                return run
            known = [run.info.run_id for run in search(client, _OURS, _NEIGHBOURS)]
        looked_at = f"among the runs in {store.shown}"
    else:
        looked_at = f"under {outputs}/" + (f" ({store.shown} doesn't exist)" if store else "")
        known = []
        if word == LAST and (folder := _newest_folder(outputs)) is not None:
            return folder
    if word == LAST:
        raise UserError(f"there is no run yet {looked_at}; `python -m runner` makes one")
    near = nearest(word, [run_id[: max(len(word), 8)] for run_id in known])
    near = near or nearest(word, [str(folder) for folder in run_folders(outputs)])
    raise UserError(Problem("", f"no run {word!r}: not a run folder, nor an id {looked_at}", nearest=near))


def run_folders(outputs: Path) -> Iterator[Path]:
    """Every run folder below `outputs`, without MLflow's copies of their files."""
    for folder, below, files in os.walk(outputs):
        if "run.json" in files:
            below.clear()
            yield Path(folder)
        elif "mlartifacts" in below:
            below.remove("mlartifacts")


def deliverable_folders(outputs: Path) -> Iterator[Path]:
    """Every folder below `outputs` that goes to a store as one: of a run, or of a sweep with all its jobs."""
    for folder, below, files in os.walk(outputs):
        if {"run.json", SWEEP} & set(files):
            below.clear()
            yield Path(folder)
        elif "mlartifacts" in below:
            below.remove("mlartifacts")


def search(client: MlflowClient, filter_string: str, limit: int, experiments: list[str] | None = None) -> list[Run]:
    """Runs that pass MLflow's filter, newest first, in the given experiments (default: all)."""
    ids = experiments or [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(ids, filter_string, max_results=limit, order_by=_NEWEST_FIRST))


@contextmanager
def store_errors(store: Store, path: str = "tracking.uri", given: str | None = None) -> Iterator[None]:
    """Tell errors of the store as the user's: an old schema, a server that goes away; or, of `path`, a filter."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise UserError(Problem(path, redact(error.message), given=given or store.shown)) from None


def _newest(client: MlflowClient) -> Run | None:
    # The newest that is no sweep as a whole: these have no network.
    return next((run for run in search(client, _OURS, _FEW) if SWEEP_TAG not in run.data.tags), None)


def _by_id(client: MlflowClient, word: str) -> Run | None:
    if not _IDENTIFIER.fullmatch(word):
        return None
    if len(word) < _SHORTEST_PREFIX:
        raise UserError(f"{word!r} is too short for the beginning of a run id: give {_SHORTEST_PREFIX} letters")
    runs = search(client, f"attributes.run_id LIKE '{word}%'", 6)
    if len(runs) > 1:
        ids = [run.info.run_id for run in runs]
        raise UserError(Problem("", f"{word!r} begins more than one run id; give more of it", allowed=ids))
    return runs[0] if runs else None


def _of_store(client: MlflowClient, run: Run) -> FoundRun:
    run_id = run.info.run_id
    folder, local = files_of(client, run)
    record = read_json(folder / "run.json")
    if record is None:
        raise UserError(f"the MLflow run {run_id} was not made by this program: it has no run.json")
    _check(record, folder)
    return FoundRun(folder, record, run_id, local)


def _downloaded(client: MlflowClient, run_id: str) -> Path:
    folder = tempfile.mkdtemp(prefix="whynan-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(client.download_artifacts(run_id, "", folder))


def _in_folder(folder: Path) -> FoundRun:
    record = read_json(folder / "run.json")
    if record is None:
        raise UserError(f"{folder / 'run.json'} is damaged")
    _check(record, folder)
    note = read_json(folder / NOTE) or {}
    return FoundRun(folder, record, note.get("run_id"), local=True)


def _check(record: Any, folder: Path) -> None:
    """Raise `UserError` where a run.json lacks what its readers rely on: it may be anybody's."""
    known = record if isinstance(record, Mapping) else {}
    parts = {name: part for name in ("config", "dataset") if isinstance(part := known.get(name), Mapping)}
    data = parts.get("dataset", {})
    lists = [known.get("columns"), known.get("overrides"), *(data.get(name) for name in _NAMED)]
    if len(parts) < 2 or not all(isinstance(listed, list) for listed in lists):
        raise UserError(f"{folder / 'run.json'} is damaged: it doesn't describe a run")


def _newest_folder(outputs: Path) -> Path | None:
    started = {folder: read_json(folder / "run.json") for folder in run_folders(outputs)}
    whole = {folder: datetime.fromisoformat(record["started"]) for folder, record in started.items() if record}
    return max(whole, key=lambda folder: whole[folder], default=None)
