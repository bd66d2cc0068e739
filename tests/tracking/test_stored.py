"""Reading a store: a SQLite file without MLflow, as MLflow reads it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow_stores import client_of, opened
from run_folders import append, begin, carry, end, finished, line_arrays, record, rows

from runner.files.names import MLFLOW_RUN
from runner.tracking.content.run import FOLDER_TAG, PARENT_TAG, SWEEP_TAG
from runner.tracking.store import Store
from runner.tracking.stored.mlflow import MlflowReader
from runner.tracking.stored.reading import by_mlflow, reader
from runner.tracking.stored.run import Query
from runner.tracking.stored.sqlite import SqliteReader

# Does what `python -m runner` does with each line of arguments, and prints what was imported.
_COMMANDS = """
import sys
from runner.__main__ import main
codes = [main(line.split()) for line in sys.argv[1:]]
heavy = {"mlflow", "sqlalchemy", "pandas", "scipy", "matplotlib", "sklearn", "runner.training.loop"}
print(codes, sorted(heavy & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with runs of two experiments, a sweep with jobs, and deleted ones."""
    base = tmp_path_factory.mktemp("stored")
    store = opened(base)
    for name, hour in (("a", "01"), ("b", "02")):
        folder = begin(base / "outputs" / name, record(started=f"2026-11-21T{hour}:00:00+00:00"))
        append(folder, rows(100))
        end(folder, outcome="converged" if name == "a" else "nan")
        carry(folder, store if name == "a" else Store(store.uri, "it's others'", store.artifacts))
    client = client_of(store)
    (experiment,) = (one.experiment_id for one in client.search_experiments() if one.name == store.experiment)
    sweep = client.create_run(experiment, tags={SWEEP_TAG: "true", FOLDER_TAG: "/nowhere"}).info.run_id
    client.log_metric(sweep, "jobs/converged", 2.0)
    for job in range(3):
        client.create_run(experiment, tags={PARENT_TAG: sweep, FOLDER_TAG: f"/nowhere/{job}", "outcome": "nan"})
    client.delete_run(client.create_run(experiment, tags={FOLDER_TAG: "/gone"}).info.run_id)
    gone = client.create_experiment("deleted", artifact_location=base.as_uri())
    client.create_run(gone, tags={FOLDER_TAG: "/gone, too"})
    client.delete_experiment(gone)
    return store


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(tags={FOLDER_TAG: None}),
        Query(tags={"outcome": "nan"}),
        Query(tags={SWEEP_TAG: "true"}),
        Query(without=(PARENT_TAG,)),
        Query(without=(PARENT_TAG, SWEEP_TAG)),
        Query(experiments=("1",)),
        Query(tags={"none": None}),
    ],
)
def test_a_file_is_read_as_mlflow_reads_it(made: Store, query: Query) -> None:
    """Runs, their order, tags, metrics and parameters are those that MLflow's client gives; deleted ones are none."""
    with reader(made) as by_sql, by_mlflow(made) as by_client:
        assert isinstance(by_sql, SqliteReader)
        assert by_sql.experiments() == by_client.experiments()
        expected = by_client.runs(query, 50)
        assert by_sql.runs(query, 50) == expected
        assert by_sql.runs(query, 2) == by_client.runs(query, 2) == expected[:2]
        for run in expected:
            assert by_sql.runs(Query(prefix=run.run_id[:9]), 2) == by_client.runs(Query(prefix=run.run_id[:9]), 2)


def test_another_schema_is_left_to_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that lacks MLflow's columns is read by MLflow's client, which knows what to do with it."""
    database = tmp_path / "mlflow.db"
    with sqlite3.connect(database) as base:
        base.execute("CREATE TABLE runs (run_uuid TEXT)")
    base.close()
    monkeypatch.setattr("runner.tracking.stored.reading.connect", lambda store: store)
    with reader(Store(f"sqlite:///{database}", "tests", str(tmp_path))) as stored:
        assert isinstance(stored, MlflowReader)


def test_what_people_ask_for_again_and_again_needs_no_mlflow(tmp_path: Path) -> None:
    """`runs`, `explain last` and `predict last` import neither MLflow nor what trains, draws or makes tables."""
    folder = finished(tmp_path / "outputs" / "a", line_arrays(slope=2.0))
    client = client_of(opened(tmp_path))
    run = client.create_run(client.create_experiment("tests"), tags={FOLDER_TAG: str(folder), "outcome": "converged"})
    (folder / MLFLOW_RUN).write_text(json.dumps({"run_id": run.info.run_id}))
    lines = ["runs", "runs --outcome converged", "explain last", "predict last 3"]
    ended = subprocess.run(
        [sys.executable, "-c", _COMMANDS, *lines], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[0, 0, 0, 0] []", ended.stdout + ended.stderr
