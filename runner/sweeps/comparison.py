"""Runs beside each other that belong to no sweep: the settings in which they differ, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.errors import Problem, UserError, nearest
from runner.sweeps.results import MEASURES
from runner.tracking.delivery import connect
from runner.tracking.record import SWEEP_TAG, flatten
from runner.tracking.runs import search
from runner.tracking.spool import read_json
from runner.tracking.store import Store
from runner.training.folder import FINDINGS, RECORD, SUMMARY

if TYPE_CHECKING:
    import pandas as pd

# Sections of the configuration that say nothing of what a run computes.
_ASIDE = ("tracking.", "sweep.", "diagnosis.", "outcome.", "subject.")
_MOST = 10_000  # runs


def of_folders(folders: Sequence[Path]) -> pd.DataFrame:
    """A row for each run folder: `run`, the settings in which they differ, `outcome`, `cause`, `steps`, measures."""
    rows = []
    for folder in folders:
        record, summary = read_json(folder / RECORD) or {}, read_json(folder / SUMMARY) or {}
        findings = read_json(folder / FINDINGS) or []
        settings = {key: str(value) for key, value in flatten(record.get("config", {}))}
        ended = {"outcome": summary.get("outcome"), "cause": findings[0]["cause"] if findings else None}
        rows.append((folder.name, settings, {**ended, "steps": summary.get("steps")}, summary.get("final", {})))
    return _table(rows)


def of_experiment(store: Store, name: str) -> pd.DataFrame:
    """The same for the runs of an MLflow experiment; `UserError` where there is none of that name."""
    client = connect(store)
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        known = [one.name for one in client.search_experiments()]
        message = f"{name!r} is neither a sweep, nor a folder, nor an experiment in {store.shown}"
        raise UserError(Problem("", message, allowed=known, nearest=nearest(name, known)))
    runs = [run for run in search(client, "", _MOST, [experiment.experiment_id]) if SWEEP_TAG not in run.data.tags]
    if not runs:
        raise UserError(f"the experiment {name!r} has no run yet")
    rows = []
    for run in runs:
        tags = run.data.tags
        ended = {key: tags.get(key) for key in ("outcome", "cause", "steps")}
        rows.append((run.info.run_id[:8], run.data.params, ended, run.data.metrics))
    return _table(rows)


def _table(
    rows: Iterable[tuple[str, Mapping[str, str], Mapping[str, Any], Mapping[str, float | None]]],
) -> pd.DataFrame:
    import pandas as pd

    rows = list(rows)
    keys = dict.fromkeys(key for _, settings, _, _ in rows for key in settings if not key.startswith(_ASIDE))
    differing = [key for key in keys if len({settings.get(key) for _, settings, _, _ in rows}) > 1]
    measures = [name for name in MEASURES if any(final.get(name) is not None for *_, final in rows)]
    return pd.DataFrame(
        [
            {
                "run": run,
                **{key: settings.get(key) for key in differing},
                **ended,
                **{name: final.get(name) for name in measures},
            }
            for run, settings, ended, final in rows
        ]
    )
