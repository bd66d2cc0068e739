"""Where the pages of MLflow can be opened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlflow_stores import client_of
from run_folders import finished

from runner.files.names import MLFLOW_RUN
from runner.tracking.served import address_of, page_of_run, served
from runner.tracking.store import Store, resolve_store
from runner.tracking.track import write_note

ADDRESS = "http://127.0.0.1:5000"


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_a_server_is_where_its_runs_are_shown() -> None:
    """Without its password; of a database nobody knows who shows it."""
    assert address_of(resolve_store("http://me:secret@mlflow.example:80/", "tests")) == "http://***@mlflow.example:80"
    assert address_of(resolve_store("postgresql://host/db", "tests")) is None


def test_while_ui_serves_a_store_its_runs_have_an_address(tmp_path: Path, store: Store) -> None:
    """That of the page of the run, for as long as the process that serves lives."""
    client = client_of(store)
    found = client.get_experiment_by_name("served")
    number = client.create_experiment("served") if found is None else found.experiment_id
    run_id = client.create_run(number).info.run_id
    folder = finished(tmp_path / "outputs" / "a")
    assert page_of_run(folder) is None
    write_note(folder, run_id, store)
    assert page_of_run(folder) is None
    with served(store, ADDRESS):
        page = page_of_run(folder)
        assert page is not None
        assert page.startswith(f"{ADDRESS}/#/experiments/{number}/runs/{run_id}")
        other = Store(f"{store.uri}.other", store.experiment, store.artifacts)
        assert address_of(other) is None
        note = json.loads(Path("outputs/ui.json").read_text())
        Path("outputs/ui.json").write_text(json.dumps({**note, "process": {**note["process"], "started": "before"}}))
        assert page_of_run(folder) is None
    assert not Path("outputs/ui.json").exists()
    assert json.loads((folder / MLFLOW_RUN).read_text())["run_id"] == run_id
