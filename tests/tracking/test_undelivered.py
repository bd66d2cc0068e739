"""Runs that ended or vanished before all of them was in the store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow_stores import client_of, opened
from run_folders import append, begin, end, finished, line_arrays, record, rows

from runner.process import this_process
from runner.tracking.client import Tracker
from runner.tracking.journal import Journal, open_journal, read
from runner.tracking.store import Store
from runner.tracking.undelivered import condition, deliver, undelivered

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example


@pytest.fixture
def own_store(tmp_path: Path) -> Store:
    """A store with an outputs/ of its own."""
    return opened(tmp_path)


def dead_process() -> dict[str, Any]:
    """A process of this machine that has ended."""
    program = "import json; from runner.process import this_process; print(json.dumps(this_process()))"
    described: dict[str, Any] = json.loads(subprocess.check_output([sys.executable, "-c", program]))
    return described


def trained_by(folder: Path, process: dict[str, Any]) -> Path:
    """Say that this process trains, or trained, the run in `folder`."""
    (folder / "spool" / "process.json").write_text(json.dumps(process))
    return folder


def status_of(folder: Path, store: Store) -> str:
    """The status in MLflow of the run of a folder."""
    return str(client_of(store).get_run(read(folder).run_id).info.status)


def test_each_run_is_in_one_condition(tmp_path: Path, own_store: Store) -> None:
    """Only runs of this store that have ended, or whose process is certainly gone, can be delivered."""
    outputs, elsewhere = tmp_path / "outputs", Store("sqlite:////elsewhere.db", "x", "/elsewhere")
    dead = dead_process()
    found = {
        "untracked": finished(outputs / "untracked"),
        "elsewhere": finished(outputs / "elsewhere"),
        "ended": finished(outputs / "ended"),
        "running": trained_by(begin(outputs / "running", record()), this_process()),
        "vanished": trained_by(begin(outputs / "vanished", record()), dead),
        "busy": finished(outputs / "busy"),
    }
    foreign = trained_by(begin(outputs / "foreign", record()), {**dead, "host": "elsewhere"})
    open_journal(found["elsewhere"], elsewhere)
    for folder in [foreign, *(folder for name, folder in found.items() if name not in ("untracked", "elsewhere"))]:
        open_journal(folder, own_store)
    long_ago = time.time() - 1e6
    for sign in (foreign / "run.json", foreign / "spool" / "process.json"):
        os.utime(sign, (long_ago, long_ago))
    busy = Journal(found["busy"])
    assert busy.lock()
    assert {name: condition(folder, own_store) for name, folder in found.items()} == {name: name for name in found}
    assert condition(foreign, own_store) == "running"  # however long another machine has been silent
    due = {leftover.folder: leftover.vanished for leftover in undelivered(own_store)}
    assert due == {found["ended"]: False, found["vanished"]: True}
    busy.release()


def test_vanished_run_is_closed_honestly(tmp_path: Path, own_store: Store) -> None:
    """Its rows are in MLflow and in a table, its status is KILLED, and the reason says what is known."""
    folder = trained_by(begin(tmp_path / "outputs" / "run", record()), dead_process())
    open_journal(folder, own_store)
    append(folder, rows(100)[:31])
    (leftover,) = undelivered(own_store)
    answers: list[dict[str, Any]] = []
    deliver(leftover, answers.append, 30.0)
    assert answers[-1] == {"delivered": True}
    run = client_of(own_store).get_run(answers[0]["run_id"])
    assert run.info.status == "KILLED"
    assert run.data.tags["reason"].startswith("the process ended without a summary after 31 steps")
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["outcome"], summary["steps"], summary["final"]["loss"]) == ("interrupted", 31, 1 / 31)
    assert len(pd.read_parquet(folder / "history.parquet")) == 31
    assert condition(folder, own_store) == "delivered"
    assert list(undelivered(own_store)) == []


@pytest.mark.slow
def test_next_run_delivers_what_earlier_ones_left(tmp_path: Path, own_store: Store) -> None:
    """The writer of the next run finds a run whose process and writer were both killed, and closes it."""
    outputs = tmp_path / "outputs"
    orphan = trained_by(begin(outputs / "orphan", record()), dead_process())
    ended = finished(outputs / "ended")
    for folder in (orphan, ended):
        open_journal(folder, own_store)
    append(orphan, rows(100)[:5])
    tracker = Tracker(own_store)
    folder = begin(outputs / "new", record())
    tracker.start(folder)
    deadline = time.monotonic() + 60
    while not (read(orphan).delivered and read(ended).delivered) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (status_of(orphan, own_store), status_of(ended, own_store)) == ("KILLED", "FINISHED")
    assert status_of(folder, own_store) == "RUNNING"
    append(folder, rows(100))
    end(folder, line_arrays())
    assert tracker.finish(folder, 60.0).delivered
    tracker.close()


def test_store_that_fails_for_too_long_is_left(tmp_path: Path, own_store: Store) -> None:
    """After the time that is given for it, a delivery says that it failed, and why."""
    folder = finished(tmp_path / "outputs" / "run")
    open_journal(folder, own_store)
    (leftover,) = undelivered(own_store)
    assert own_store.database is not None
    own_store.database.write_bytes(b"SQLite format 3\\0" + b"damaged" * 100)
    answers: list[dict[str, Any]] = []
    deliver(leftover, answers.append, 0.5)
    assert answers[-1] == {"delivered": False}
    assert "database" in answers[0]["error"]
    assert condition(folder, own_store) == "ended"
