"""Finding runs to compare: sweeps, folders of runs, experiments of MLflow."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mlflow_stores import client_of, opened
from run_folders import begin, carry, end, record
from sweep_folders import sweep_folder

from runner.errors import UserError
from runner.sweeps.comparison import compare
from runner.sweeps.outcome_files import write_results
from runner.tracking.store import Store

FACTORS = {"optimizer.lr": [0.01, 10.0], "init": ["he", "xavier"]}


@dataclass(frozen=True)
class Kept:
    """A store with two runs of an experiment and two sweeps, the second of which has one job in it."""

    store: Store
    outputs: Path
    older: str
    newer: str
    job: str


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    base = tmp_path_factory.mktemp("compare")
    store, outputs = opened(base), base / "outputs"
    for name, rate, outcome in (("a", 0.5, "converged"), ("b", 0.05, "nan")):
        config = {**record()["config"], "optimizer": {"name": "sgd", "lr": rate}, "steps": 100}
        folder = begin(outputs / "single" / name, record(config=config))
        end(folder, outcome=outcome, final={"loss": 0.2 if outcome == "converged" else None})
        carry(folder, store)
    client, ids = client_of(store), []
    experiment = client.create_experiment("sweeps", artifact_location=(base / "artifacts").as_uri())
    for hour in (1, 2):
        folder = sweep_folder(outputs / f"sweep{hour}", FACTORS, started=f"2026-11-21T0{hour}:00:00+00:00")
        write_results(folder)
        tags = {"whynan.folder": str(folder), "whynan.sweep": "true"}
        run_id = client.create_run(experiment, start_time=hour * 1000, tags=tags).info.run_id
        for name in ("sweep.json", "results.parquet"):
            client.log_artifact(run_id, str(folder / name))
        (folder / "spool").mkdir()
        (folder / "spool" / "mlflow.json").write_text(f'{{"run_id": "{run_id}"}}')
        ids.append(run_id)
    child = client.create_run(experiment, start_time=3000, tags={"mlflow.parentRunId": ids[1], "outcome": "nan"})
    return Kept(store, outputs, *ids, child.info.run_id)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_sweep_is_its_folder_its_run_or_one_of_its_jobs(kept: Kept) -> None:
    """The folder, the MLflow run or a unique beginning of its id, and the run of a job mean the sweep."""
    for word in (str(kept.outputs / "sweep2"), kept.newer, kept.newer[:12], kept.job):
        compared = compare(word, kept.store, kept.outputs)
        assert compared.is_sweep
        assert compared.table["outcome"].tolist() == ["converged", "converged", "nan", "nan"]


def test_last_is_the_newest_sweep_whatever_ran_since(kept: Kept, tmp_path: Path) -> None:
    """`last` is the sweep that began last, of the store, or of the folders where there is no store."""
    with_store = compare("last", kept.store, kept.outputs)
    without = compare("last", None, kept.outputs)
    assert with_store.is_sweep
    assert without.is_sweep
    marked = kept.outputs / "sweep2" / "results.jsonl"
    text = marked.read_text()
    try:
        marked.write_text("")
        assert compare("last", kept.store, kept.outputs).table["outcome"].isna().all()
        assert compare("last", None, kept.outputs).table["outcome"].isna().all()
    finally:
        marked.write_text(text)


def test_a_sweep_from_another_machine_is_read_from_the_store(kept: Kept) -> None:
    """Where the folder is gone, or is that of another run, the table that MLflow holds is read."""
    folder = kept.outputs / "sweep1"
    elsewhere = folder.with_name("moved")
    folder.rename(elsewhere)
    try:
        compared = compare(kept.older, kept.store, kept.outputs)
    finally:
        elsewhere.rename(folder)
    assert compared.is_sweep
    assert compared.table["optimizer.lr"].tolist() == [0.01, 0.01, 10.0, 10.0]


def test_an_experiment_is_compared_by_what_differs(kept: Kept) -> None:
    """Of an experiment's runs the settings that differ have columns with numbers, those in common none."""
    compared = compare("tests", kept.store, kept.outputs)
    assert not compared.is_sweep
    table = compared.table
    assert list(table.columns) == ["run", "outcome", "cause", "optimizer.lr", "steps"]
    assert table["optimizer.lr"].tolist() in ([0.5, 0.05], [0.05, 0.5])
    assert table["steps"].tolist() == [100, 100]
    assert set(table["outcome"]) == {"converged", "nan"}
    assert "whynan.sweep" not in compare("sweeps", kept.store, kept.outputs).table.columns
    assert len(compare("sweeps", kept.store, kept.outputs).table) == 1


def test_a_folder_of_runs_needs_no_store(kept: Kept) -> None:
    """Run folders below any folder are compared, the best run first, one that failed last."""
    table = compare(str(kept.outputs / "single"), None, kept.outputs).table
    assert table["run"].tolist() == ["a", "b"]
    assert table["loss"].tolist()[0] == 0.2
    assert table["optimizer.lr"].tolist() == [0.5, 0.05]


def test_settings_named_like_measures_are_distinguished(tmp_path: Path) -> None:
    """Where the runs of a folder differ in `steps`, what was asked for and what was done have a column each."""
    for steps in (50, 100):
        config: dict[str, Any] = {**record()["config"], "steps": steps}
        end(begin(tmp_path / "runs" / str(steps), record(config=config)))
    table = compare(str(tmp_path / "runs"), None, tmp_path).table
    assert sorted(table["swept steps"]) == [50, 100]
    assert table["steps"].tolist() == [100, 100]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("sweps", "did you mean 'sweeps'"),
        ("ffffffff", "no 'ffffffff': not a folder, nor a sweep or an experiment in sqlite"),
    ],
)
def test_what_means_nothing_is_reported_with_the_nearest(kept: Kept, word: str, message: str) -> None:
    """An unknown word is answered with the experiments, and the one with the most similar name."""
    with pytest.raises(UserError, match=message):
        compare(word, kept.store, kept.outputs)


def test_nothing_there_is_reported(tmp_path: Path) -> None:
    """Without any sweep `last` says how to make one; a folder without runs says so; one run is none to compare."""
    with pytest.raises(UserError, match=r"no sweep yet.*python -m runner -m"):
        compare("last", None, tmp_path)
    with pytest.raises(UserError, match="no runs below"):
        compare(str(tmp_path), None, tmp_path)
    single = begin(tmp_path / "one", record())
    with pytest.raises(UserError, match="no runs below"):
        compare(str(single), None, tmp_path)
    shutil.rmtree(single)
