"""The writer process and the run's side of it, with a real store."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from pathlib import Path

import pytest
from mlflow_stores import client_of
from run_folders import append, begin, end, finished, line_arrays, record, rows

from runner.redaction import Redacted
from runner.tracking.client import Delivered, Tracker
from runner.tracking.store import Store

_PATIENCE = 60.0


def wait_for_end(pid: int) -> None:
    """Wait until a child process has ended and was reaped."""
    deadline = time.monotonic() + _PATIENCE
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def writer_pid(tracker: Tracker) -> int:
    """The process id of a tracker's writer."""
    assert tracker._writer is not None
    return tracker._writer.pid


@pytest.mark.slow
def test_one_writer_carries_run_after_run(tmp_path: Path, store: Store) -> None:
    """Starting takes no time; runs are delivered one after the other, by one process that ends when closed."""
    tracker = Tracker(store)
    folder = begin(tmp_path / "a", record())
    before = time.perf_counter()
    tracker.start(folder)
    assert time.perf_counter() - before < 0.1
    pid = writer_pid(tracker)
    run_id = tracker.run_id(_PATIENCE)
    assert run_id is not None
    append(folder, rows(100))
    end(folder, line_arrays())
    waited: list[str] = []
    delivered = tracker.finish(folder, _PATIENCE, lambda: waited.append("called"))
    assert (delivered.run_id, delivered.delivered, delivered.error) == (run_id, True, None)
    second = finished(tmp_path / "b")
    tracker.start(second)
    assert tracker.finish(second, _PATIENCE).delivered
    assert writer_pid(tracker) == pid
    assert tracker.run_id(0.0, second) not in (run_id, None)
    tracker.close()
    wait_for_end(pid)
    for name in (run_id, tracker.run_id(0.0, second)):
        assert client_of(store).get_run(name).info.status == "FINISHED"
    assert "Traceback" not in (folder / "spool" / "writer.log").read_text()


@pytest.mark.slow
def test_writer_outlives_ctrl_c_and_its_parent(tmp_path: Path, store: Store) -> None:
    """Ctrl-C doesn't reach the writer; when the run vanishes it delivers what there is and closes it as KILLED."""
    tracker = Tracker(store)
    folder = begin(tmp_path / "a", record())
    tracker.start(folder)
    pid = writer_pid(tracker)
    assert os.getsid(pid) != os.getsid(0)
    run_id = tracker.run_id(_PATIENCE)
    assert run_id is not None
    append(folder, rows(100)[:41])
    os.kill(pid, signal.SIGINT)
    tracker.close()
    wait_for_end(pid)
    run = client_of(store).get_run(run_id)
    assert run.info.status == "KILLED"
    assert run.data.metrics["loss"] == rows(100)[40, 1]
    assert json.loads((folder / "spool" / "mlflow.json").read_text())["run_id"] == run_id


@pytest.mark.slow
def test_dead_writer_is_reported_and_harms_nothing(tmp_path: Path, store: Store) -> None:
    """When the writer is killed the run goes on, and its end says that nothing arrived; the next has a new writer."""
    tracker = Tracker(store)
    folder = begin(tmp_path / "a", record())
    tracker.start(folder)
    os.kill(writer_pid(tracker), signal.SIGKILL)
    wait_for_end(writer_pid(tracker))
    assert tracker.run_id(_PATIENCE) is None
    end(folder)
    delivered = tracker.finish(folder, _PATIENCE)
    assert delivered.delivered is False
    assert delivered.error == "the process that writes to MLflow has ended"
    second = finished(tmp_path / "b")
    tracker.start(second)
    assert tracker.finish(second, _PATIENCE).delivered
    assert delivered.delivered is False
    tracker.close()
    wait_for_end(writer_pid(tracker))


def test_run_without_a_writer_goes_on(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started, the run isn't disturbed and its end says why nothing arrived."""

    def exhausted(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen", exhausted)
    tracker = Tracker(store)
    folder = begin(tmp_path / "a", record())
    tracker.start(folder)
    assert tracker.run_id(_PATIENCE) is None
    assert tracker.finish(folder, _PATIENCE) == Delivered(
        delivered=False, error="no process to write to MLflow: Resource temporarily unavailable"
    )
    tracker.close()


def test_store_that_fails_is_reported_at_the_end(tmp_path: Path) -> None:
    """A store that can't be used after all gives no id and an error, and the tracker doesn't wait for ever."""
    (tmp_path / "m.db").write_bytes(b"SQLite format 3\0" + b"not really" * 50)
    store = Store(f"sqlite:///{tmp_path / 'm.db'}", "x", str(tmp_path))
    tracker = Tracker(store)
    folder = finished(tmp_path / "a")
    tracker.start(folder)
    assert tracker.run_id(_PATIENCE) is None
    delivered = tracker.finish(folder, 0.1)
    assert delivered.delivered is not True
    assert delivered.error is not None
    assert "database" in delivered.error
    tracker.close()
    os.kill(writer_pid(tracker), signal.SIGKILL)
    wait_for_end(writer_pid(tracker))


def test_log_holds_no_password() -> None:
    """What MLflow prints of an address reaches the log without the password."""
    log = io.StringIO()
    print("see http://me:s3cret@host:5000/#/experiments/1", file=Redacted(log))
    assert log.getvalue() == "see http://***@host:5000/#/experiments/1\n"
