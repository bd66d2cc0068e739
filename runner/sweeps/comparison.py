"""Comparing runs in a table: those of a sweep, of a folder, or of an MLflow experiment.

For runs that belong to no sweep, the settings in which they differ are columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.errors import Problem, UserError, nearest
from runner.files.finding import cause_in
from runner.files.json_files import read_json
from runner.files.measures import MEASURES
from runner.files.names import SWEEP
from runner.files.run_record import read_record
from runner.files.summary import read_summary
from runner.sweeps.ranking import best_first, metric_of
from runner.sweeps.results import columns_of, results, swept_column, table_in, typed
from runner.tracking.content.run import SWEEP_TAG, flatten, is_aside
from runner.tracking.folders import deliverable_folders, run_folders
from runner.tracking.runs import LAST, files_of, sweep_run
from runner.tracking.store import Store, exists, probe
from runner.tracking.stored.reading import reader
from runner.tracking.stored.run import Query, Reader

if TYPE_CHECKING:
    import pandas as pd

_MOST = 10_000  # runs
_ID_SHOWN = 8
_UNSET = ""  # the value of a setting that a run doesn't have


@dataclass(frozen=True)
class Compared:
    """A table with a row per run; `is_sweep` says that the varied settings are the keys of a sweep."""

    table: pd.DataFrame
    is_sweep: bool


@dataclass(frozen=True)
class _Row:
    """A run: its name, its settings, and how it ended."""

    run: str
    settings: Mapping[str, Any]
    ended: Mapping[str, Any]


def compare(word: str, store: Store | None, outputs: Path) -> Compared:
    """The runs that `word` names, searched in `store` (None: only among folders) and in the folder `outputs`.

    A word is the folder of a sweep or one with run folders below it, `last` (the newest sweep), the name of an MLflow
    experiment, or the id of a sweep's MLflow run. Raises `UserError` where it names nothing.
    """
    path = Path(word)
    if (path / SWEEP).is_file():
        return Compared(results(path), is_sweep=True)
    if path.is_dir():
        return Compared(of_folders(path), is_sweep=False)
    if store is None or not exists(store):
        if word == LAST and (newest := _newest_sweep(outputs)) is not None:
            return Compared(results(newest), is_sweep=True)
        raise _unknown(word, f"nor a sweep under {outputs}/", [], outputs)
    probe(store)
    with reader(store) as stored:
        names = stored.experiments()
        if word != LAST and word in names.values():
            return Compared(of_experiment(stored, word), is_sweep=False)
        run = sweep_run(stored, word)
    if run is not None:
        return Compared(table_in(files_of(store, run)[0]), is_sweep=True)
    raise _unknown(word, f"nor a sweep or an experiment in {store.shown}", list(names.values()), outputs)


def of_folders(base: Path) -> pd.DataFrame:
    """A row per run folder below `base`: `run`, `outcome`, measures, `cause`, settings that differ, `steps`."""
    folders = sorted(folder for folder in run_folders(base) if folder != base)
    if not folders:
        raise UserError(f"there are no runs below {base}")
    return _table([_row_of(folder, base) for folder in folders])


def of_experiment(stored: Reader, name: str) -> pd.DataFrame:
    """The same for the runs of an MLflow experiment."""
    experiments = [number for number, known in stored.experiments().items() if known == name]
    runs = stored.runs(Query(without=(SWEEP_TAG,), experiments=experiments), _MOST)
    if not runs:
        raise UserError(f"the experiment {name!r} has no run")
    rows = []
    for run in runs:
        steps = run.tags.get("steps", "")
        ended = {
            "outcome": run.tags.get("outcome"),
            "cause": run.tags.get("cause"),
            "steps": int(steps) if steps.isdecimal() else None,
        }
        settings = {key: _parsed(text) for key, text in run.params.items()}
        measures = {name: run.metrics.get(name) for name in MEASURES}
        rows.append(_Row(run.run_id[:_ID_SHOWN], settings, {**ended, **measures}))
    return _table(rows)


def _row_of(folder: Path, base: Path) -> _Row:
    record, summary = read_record(folder), read_summary(folder)
    final = {} if summary is None else summary.final
    ended = {
        "outcome": None if summary is None else summary.outcome,
        "cause": cause_in(folder),
        "steps": None if summary is None else summary.steps,
    }
    settings = {} if record is None else dict(flatten(record.config))
    return _Row(str(folder.relative_to(base)), settings, {**ended, **{name: final.get(name) for name in MEASURES}})


def _table(rows: Sequence[_Row]) -> pd.DataFrame:
    """The runs, the best first."""
    import pandas as pd

    keys = dict.fromkeys(key for row in rows for key in row.settings if not is_aside(key))
    columns = {key: typed([row.settings.get(key, _UNSET) for row in rows]) for key in keys}
    differing = {key: column for key, column in columns.items() if column.nunique(dropna=False) > 1}
    ended = [row.ended for row in rows]
    measured = [name for name in MEASURES if any(row[name] is not None for row in ended)]
    results_of = columns_of(ended, ["outcome", *measured, "cause"])
    swept = {swept_column(key): column for key, column in differing.items()}
    named = {"run": pd.Series([row.run for row in rows], dtype="object")}
    table = pd.DataFrame({**named, **results_of, **swept, **columns_of(ended, ["steps"])})
    metric = metric_of(table)
    return best_first(table, metric).reset_index(drop=True) if metric in table else table


def _parsed(text: str) -> Any:
    """The value that a parameter's text stands for."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _newest_sweep(outputs: Path) -> Path | None:
    described = {folder: read_json(folder / SWEEP) for folder in deliverable_folders(outputs)}
    started = {folder: str(one["started"]) for folder, one in described.items() if one}
    return max(started, key=lambda folder: started[folder], default=None)


def _unknown(word: str, where: str, experiments: Sequence[str], outputs: Path) -> UserError:
    if word == LAST:
        return UserError("there is no sweep yet; `python -m runner -m optimizer.lr=0.1,1` makes one")
    sweeps = [str(folder) for folder in deliverable_folders(outputs) if (folder / SWEEP).exists()]
    near = nearest(word, [*experiments, *sweeps])
    return UserError(Problem("", f"no {word!r}: not a folder, {where}", allowed=experiments, nearest=near))
