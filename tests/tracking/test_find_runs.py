"""Finding a run by its id, the beginning of it, its folder, or `last`."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from mlflow_stores import client_of, opened
from run_folders import begin, carry, finished, line_arrays, local_store, record

from runner.errors import UserError
from runner.files.run_record import RunRecord
from runner.tracking.folders import run_folders
from runner.tracking.runs import FoundRun, find_run, find_run_id
from runner.tracking.store import Store
from runner.tracking.stored.reading import reader
from runner.tracking.stored.run import Query
from runner.tracking.stored.sqlite import SqliteReader

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Path, list[str]]:
    """A store of its own with two runs, the folder of their folders, and their ids, the older first."""
    base = tmp_path_factory.mktemp("runs")
    store, outputs = opened(base), base / "outputs"
    ids = []
    for name, hour in (("a", "01"), ("b", "02")):
        folder = finished(outputs / name, started=f"2026-11-21T{hour}:00:00+00:00")
        ids.append(carry(folder, store)[0]["run_id"])
    stranger = client_of(store).create_experiment("not ours", artifact_location=base.as_uri())
    client_of(store).create_run(stranger)
    return store, outputs, ids


def test_last_is_the_newest_of_ours(own: tuple[Store, Path, list[str]]) -> None:
    """`last` is the run of this program that began last; newer runs of others don't count."""
    store, outputs, ids = own
    found = find_run("last", store, outputs)
    assert found.run_id == ids[1]
    assert found.folder == outputs / "b"
    assert found.config["seed"] == 0


def test_whole_id_and_its_beginning(own: tuple[Store, Path, list[str]]) -> None:
    """A run is found by its id and by the beginning of it."""
    store, outputs, ids = own
    assert find_run(ids[0], store, outputs).folder == outputs / "a"
    assert find_run(ids[0][:9], store, outputs).run_id == ids[0]
    assert find_run_id(ids[0][:9], store, outputs) == ids[0]


def test_folder_needs_no_store(own: tuple[Store, Path, list[str]]) -> None:
    """A run folder is a run, with its MLflow run where it has one."""
    _, outputs, ids = own
    assert find_run(str(outputs / "a"), None, outputs).run_id == ids[0]
    assert find_run_id(str(outputs / "a"), own[0], outputs) == ids[0]


def test_short_beginning_is_refused(own: tuple[Store, Path, list[str]]) -> None:
    """Fewer than four letters are no beginning of an id."""
    with pytest.raises(UserError, match="too short"):
        find_run(own[2][0][:3], own[0], own[1])


def test_ambiguous_beginning_lists_the_runs(
    own: tuple[Store, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A beginning that several runs share is an error that names them."""
    store, outputs, ids = own
    with reader(store) as stored:
        runs = [stored.runs(Query(prefix=run_id), 1)[0] for run_id in ids]
    monkeypatch.setattr(SqliteReader, "runs", lambda *_: runs)
    with pytest.raises(UserError, match="is the prefix of several run ids") as caught:
        find_run("abcd", store, outputs)
    assert caught.value.problems[0].allowed == ids


def test_unknown_run_says_what_was_looked_at(own: tuple[Store, Path, list[str]]) -> None:
    """An unknown word is an error with the store that was searched and the nearest id or folder."""
    store, outputs, ids = own
    mistyped = ids[0][:4] + ("0" if ids[0][4] != "0" else "1") + ids[0][5:9]
    with pytest.raises(UserError, match="among the runs in sqlite:") as caught:
        find_run(mistyped, store, outputs)
    assert caught.value.problems[0].nearest == ids[0][:9]
    with pytest.raises(UserError) as caught:
        find_run(str(outputs / "c"), store, outputs)
    assert caught.value.problems[0].nearest in (str(outputs / "a"), str(outputs / "b"))


def test_files_come_from_the_store_where_the_folder_is_gone(tmp_path: Path, store: Store) -> None:
    """Without its folder, a run's files are fetched from its artifacts."""
    folder = finished(tmp_path / "outputs" / "a", line_arrays(slope=4.0))
    run_id = carry(folder, store)[0]["run_id"]
    shutil.rmtree(folder)
    found = find_run(run_id, store, tmp_path / "outputs")
    assert list(found.record.columns) == record()["columns"]
    with np.load(found.file("weights.npz"), allow_pickle=False) as arrays:
        assert arrays["layer_1/W"] == 4.0


def test_folder_of_the_same_name_is_not_mistaken(tmp_path: Path, store: Store) -> None:
    """A folder at the tagged place that belongs to another run isn't used."""
    folder = finished(tmp_path / "a", line_arrays(slope=4.0))
    run_id = carry(folder, store)[0]["run_id"]
    shutil.rmtree(folder)
    finished(folder, line_arrays(slope=5.0))
    found = find_run(run_id, store, tmp_path)
    assert found.folder != folder
    with np.load(found.file("weights.npz"), allow_pickle=False) as arrays:
        assert arrays["layer_1/W"] == 4.0


def test_run_of_another_program_is_reported(own: tuple[Store, Path, list[str]]) -> None:
    """An MLflow run that this program didn't make is an error."""
    store, outputs, _ = own
    client = client_of(store)
    experiment = client.get_experiment_by_name("not ours")
    other = client.search_runs([experiment.experiment_id])[0].info.run_id
    with pytest.raises(UserError, match="not made by this program"):
        find_run(other, store, outputs)


def test_without_a_store_the_newest_folder_is_last(tmp_path: Path) -> None:
    """With tracking=none, or before there is a store, `last` is the newest run folder; nothing is made by asking."""
    for name, hour in (("x/b", "05"), ("x/a", "09"), ("y", "07"), ("mlartifacts/z", "11")):
        begin(tmp_path / name, record(started=f"2026-11-21T{hour}:00:00+00:00"))
    store = local_store(tmp_path / "s")
    for searched in (None, store):
        assert find_run("last", searched, tmp_path) == FoundRun(
            tmp_path / "x" / "a", RunRecord.from_dict(record(started="2026-11-21T09:00:00+00:00")), None, local=True
        )
    assert not (tmp_path / "s").exists()
    assert len(list(run_folders(tmp_path))) == 3


def test_no_run_yet_says_how_to_make_one(tmp_path: Path) -> None:
    """Where there is no run, the error says how to make one."""
    with pytest.raises(UserError, match="python -m runner"):
        find_run("last", local_store(tmp_path), tmp_path / "outputs")


def test_missing_file_says_how_the_run_ended(tmp_path: Path) -> None:
    """A file that the run didn't leave is an error that says whether it still runs."""
    found = find_run(str(begin(tmp_path / "a", record())), None, tmp_path)
    with pytest.raises(UserError, match="it is running, or was cut off"):
        found.file("weights.npz")
    finished(tmp_path / "b")
    with pytest.raises(UserError, match="its outcome is 'converged'"):
        find_run(str(tmp_path / "b"), None, tmp_path).file("report.html")


def test_folder_that_never_reached_a_store_has_no_id(tmp_path: Path) -> None:
    """Asking for the MLflow id of a run that has none is an error."""
    folder = begin(tmp_path / "a", record())
    with pytest.raises(UserError, match="was never delivered to a store"):
        find_run_id(str(folder), local_store(tmp_path), tmp_path)
