"""One run on its way to a real SQLite store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mlflow_stores import client_of
from run_folders import append, begin, carry, end, finished, line_arrays, record, rows

from runner.tracking.run_track import RunTrack
from runner.tracking.sending.connection import StoreError
from runner.tracking.sending.delivery import Delivery
from runner.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


# MLflow compares a table's columns with a range, which the next pandas will do otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")


@pytest.fixture
def client(store: Store) -> MlflowClient:
    """A client of the store of all tests."""
    return client_of(store)


def carried(folder: Path, store: Store) -> Run:
    """The MLflow run of a folder that was carried."""
    answers = carry(folder, store)
    assert answers[-1] == {"delivered": True}
    return client_of(store).get_run(answers[0]["run_id"])


def test_finished_run_arrives_whole(tmp_path: Path, store: Store, client: MlflowClient) -> None:
    """Name, times, parameters, tags, data set, curves and files of a run are in MLflow, the status is its own."""
    run = carried(finished(tmp_path / "run"), store)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "x_plus_one lr=0.5"
    assert run.info.start_time == 1795226400000
    assert run.info.end_time > run.info.start_time
    assert run.data.params["network.hidden"] == "[2]"
    assert run.data.tags["outcome"] == "converged"
    assert run.data.tags["mlflow.note.content"].startswith("**converged**")
    assert run.data.tags["whynan.folder"] == str(tmp_path / "run")
    assert run.inputs.dataset_inputs[0].dataset.digest == ("ab" * 32)[:36]
    assert run.data.metrics["nonfinite_events"] == 0
    loss = {m.step: m.value for m in client.get_metric_history(run.info.run_id, "loss")}
    assert len(loss) == 50
    assert loss[33] == 7.0
    assert run.data.metrics["loss"] == loss[100] == rows(100)[100, 1]
    names = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert names == {"run.json", "events.jsonl", "findings.json", "summary.json", "weights.npz", "explanation.md"}


def test_curves_grow_while_the_run_goes_on(tmp_path: Path, store: Store, client: MlflowClient) -> None:
    """Rows written so far are in MLflow before the run ends, at the times at which they were seen."""
    answers: list[dict[str, Any]] = []
    folder = begin(tmp_path / "run", record())
    track = RunTrack(folder, store, answers.append)
    track.pump()
    append(folder, rows(100)[:50])
    track.pump()
    run_id = answers[0]["run_id"]
    seen = client.get_metric_history(run_id, "loss")
    assert [m.step for m in seen] == list(range(0, 50, 3))
    assert client.get_run(run_id).info.status == "RUNNING"
    append(folder, rows(100)[50:])
    end(folder)
    track.pump()
    later = sorted(client.get_metric_history(run_id, "loss"), key=lambda m: m.step)
    assert {(m.step, m.value, m.timestamp) for m in seen} <= {(m.step, m.value, m.timestamp) for m in later}
    assert [m.timestamp for m in later] == sorted(m.timestamp for m in later)
    assert track.done


def test_nonfinite_values_are_events_and_tags(tmp_path: Path, store: Store, client: MlflowClient) -> None:
    """A run that ends in NaN sends finite points only, counts its non-finite events, and tags the first of them."""
    folder = begin(tmp_path / "run", record())
    table = rows(60)
    table[59:, 1] = np.nan
    append(folder, table)
    events = [{"kind": "dead_units", "step": 2}, {"kind": "overflow", "step": 58}, {"kind": "nan", "step": 59}]
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    end(folder, outcome="nan")
    run = carried(folder, store)
    assert run.data.tags["first_nonfinite_step"] == "58"
    assert run.data.metrics["nonfinite_events"] == 2
    history = client.get_metric_history(run.info.run_id, "loss")
    assert max(m.step for m in history) == 58
    assert all(np.isfinite(m.value) and abs(m.value) < 1e300 for m in history)
    counted = client.get_metric_history(run.info.run_id, "nonfinite_events")
    assert [(m.step, m.value) for m in counted] == [(58, 1.0), (60, 2.0)]


def test_run_whose_process_vanished_ends_as_killed(tmp_path: Path, store: Store) -> None:
    """Without a summary and without its process, a run is delivered as far as it got and closed as KILLED."""
    folder = begin(tmp_path / "run", record())
    append(folder, rows(100)[:31])
    track = RunTrack(folder, store, lambda _: None)
    track.abandoned = True
    track.pump()
    assert track.done
    note = json.loads((folder / "spool" / "mlflow.json").read_text())
    run = client_of(store).get_run(note["run_id"])
    assert run.info.status == "KILLED"
    assert run.data.tags["outcome"] == "interrupted"
    assert run.data.tags["steps"] == "31"
    assert run.data.metrics["loss"] == rows(100)[30, 1]


def test_folder_that_never_became_a_run_is_let_go(tmp_path: Path, store: Store) -> None:
    """A folder without run.json is no run, once its process is gone."""
    track = RunTrack(tmp_path, store, lambda _: None)
    track.pump()
    assert not track.done
    track.abandoned = True
    track.pump()
    assert track.done


def test_password_in_files_is_not_uploaded(tmp_path: Path, store: Store, client: MlflowClient) -> None:
    """The copies of texts in MLflow hold no password, the files of the run stay as they are."""
    folder = finished(tmp_path / "run")
    (folder / ".hydra").mkdir()
    secret = "- tracking.uri=http://me:s3cret@host:5000\n"
    (folder / ".hydra" / "overrides.yaml").write_text(secret)
    run = carried(folder, store)
    copy = client.download_artifacts(run.info.run_id, ".hydra/overrides.yaml", str(tmp_path))
    assert Path(copy).read_text() == "- tracking.uri=http://***@host:5000\n"
    assert (folder / ".hydra" / "overrides.yaml").read_text() == secret


def test_failing_store_is_tried_again_from_where_it_failed(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed is reported once and done again later, and what was done before is not done twice."""
    folder = finished(tmp_path / "run", model=False)
    failures = iter([ConnectionError("http://me:s3cret@host is away")] * 2)
    upload = Delivery.upload

    def unreliable(self: Delivery, **what: Any) -> None:
        if failure := next(failures, None):
            raise failure
        upload(self, **what)

    monkeypatch.setattr(Delivery, "upload", unreliable)
    monkeypatch.setattr("runner.tracking.track._LONGEST_PAUSE", 0.01)
    answers = carry(folder, store)
    assert answers[1]["error"] == "ConnectionError: http://***@host is away"
    assert answers[2:] == [{"error": None}, {"delivered": True}]
    client = client_of(store)
    history = client.get_metric_history(answers[0]["run_id"], "loss")
    assert len(history) == len({m.step for m in history}) == 50


def test_store_that_stays_away_is_given_up_at_the_end(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some attempts at the end of a run it is reported as not delivered; its folder holds everything."""

    def away(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Delivery, "create", away)
    monkeypatch.setattr("runner.tracking.track._LONGEST_PAUSE", 0.01)
    answers = carry(finished(tmp_path / "run"), store)
    assert answers == [{"error": "OSError: no space left on device"}, {"delivered": False}]


def test_deleted_experiment_says_how_to_restore_it(tmp_path: Path, store: Store, client: MlflowClient) -> None:
    """A deleted experiment takes no runs; the error names the command that restores it."""
    number = client.create_experiment("gone", artifact_location=tmp_path.as_uri())
    client.delete_experiment(number)
    gone = Store(store.uri, "gone", store.artifacts)
    with pytest.raises(StoreError, match=f"mlflow experiments restore --experiment-id {number}"):
        Delivery.create(gone, tmp_path, record(), {})


def test_nothing_is_left_in_the_working_folder(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ./mlruns appears: artifacts lie in the store's own folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run = carried(finished(tmp_path / "run"), store)
    assert list((tmp_path / "here").iterdir()) == []
    assert run.info.artifact_uri.startswith(Path(store.artifacts).as_uri())


def test_model_setting_false_logs_no_model(tmp_path: Path, store: Store) -> None:
    """With tracking.model=false the run has no model, with true it has one."""
    with_model = carried(finished(tmp_path / "a"), store)
    assert len(with_model.outputs.model_outputs) == 1
    described = record()
    described["config"]["tracking"]["model"] = False
    folder = begin(tmp_path / "b", described)
    append(folder, rows(10))
    end(folder, line_arrays())
    assert carried(folder, store).outputs.model_outputs == []
