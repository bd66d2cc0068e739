"""A SQLite store that many want at once, that another process locks, and disks that are full."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from mlflow_stores import client_of, opened

from runner.tracking.journal import read
from runner.tracking.store import resolve_store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Operation with range is deprecated"),  # MLflow's, of its example
]

LINE = ["dataset=xor", "steps=400", "diagnosis.enabled=false", "tracking.experiment=tests"]


def whynan(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A command line in a process of its own."""
    command = [sys.executable, "-m", "runner", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until_delivered(folder: Path, seconds: float) -> bool:
    """Whether a run's writer delivers all of it in this time."""
    deadline = time.monotonic() + seconds
    while not read(folder).delivered and time.monotonic() < deadline:
        time.sleep(0.2)
    return read(folder).delivered


def test_eight_processes_start_at_once_on_a_new_file(tmp_path: Path) -> None:
    """One of them makes the store, all of them deliver to it."""
    processes = [whynan(tmp_path, *LINE, f"seed={k}", f"hydra.run.dir=run{k}") for k in range(8)]
    for process in processes:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    folders = [tmp_path / f"run{k}" for k in range(8)]
    assert all(wait_until_delivered(folder, 120) for folder in folders)
    client = client_of(opened(tmp_path))
    (experiment,) = [e for e in client.search_experiments() if e.name == "tests"]
    runs = client.search_runs([experiment.experiment_id])
    assert sorted(run.data.params["seed"] for run in runs) == [str(k) for k in range(8)]
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in runs:
        points = client.get_metric_history(run.info.run_id, "loss")
        assert len(points) == len({point.step for point in points}) == 200


def test_file_that_is_locked_for_half_a_minute(tmp_path: Path) -> None:
    """The run doesn't wait for the lock; its writer does, and delivers all of it afterwards."""
    store = opened(tmp_path)
    assert store.database is not None
    with sqlite3.connect(store.database, isolation_level=None) as blocker:
        blocker.execute("BEGIN EXCLUSIVE")
        locked = time.monotonic()
        process = whynan(tmp_path, *LINE, "hydra.run.dir=run")
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "not in MLflow" in err
        assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == "FINISHED"
        time.sleep(max(0.0, locked + 30.0 - time.monotonic()))
        assert not read(tmp_path / "run").delivered
        blocker.execute("ROLLBACK")
    blocker.close()
    if not wait_until_delivered(tmp_path / "run", 90):  # its writer may have given up by now on a slow machine
        whynan(tmp_path, "sync").communicate(timeout=120)
    known = read(tmp_path / "run")
    assert known.delivered
    points = client_of(store).get_metric_history(str(known.run_id), "loss")
    assert len(points) == len({point.step for point in points}) == 200


def test_lock_is_reported_while_the_run_goes_on(tmp_path: Path) -> None:
    """One line when the store fails and one when it works again, both before the run has ended."""
    store = opened(tmp_path)
    assert store.database is not None
    line = ["experiment=digits", "epochs=null", "steps=3000000", "diagnosis.enabled=false", "tracking.experiment=tests"]
    process = whynan(tmp_path, *line, "hydra.run.dir=run")
    assert process.stderr is not None
    deadline = time.monotonic() + 120
    while not read(tmp_path / "run").anchors and time.monotonic() < deadline:
        time.sleep(0.1)
    with sqlite3.connect(store.database, isolation_level=None, timeout=60) as blocker:
        blocker.execute("BEGIN EXCLUSIVE")
        away = process.stderr.readline()
        blocker.execute("ROLLBACK")
    blocker.close()
    back = process.stderr.readline()
    assert process.poll() is None
    process.terminate()
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 143
    assert away.startswith("note: the store does not answer; the run goes on, and is delivered later (")
    assert "database is locked" in away
    assert back == "note: the store answers again\n"
    assert "note:" not in rest


def within_small_disks(tmp_path: Path, program: str) -> str:
    """Run a program with `disk`, a file system of 600 KB that is there for it alone; gives what it printed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(program))
    # Namespaces need no rights where user namespaces are allowed, and leave nothing behind, the run's writer included.
    shell = f"mount -t tmpfs -o size=600k tmpfs {disk} && exec {sys.executable} {script} {disk}"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", shell],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_full_disk_under_the_run_folder(tmp_path: Path) -> None:
    """A run whose folder's disk is full ends as failed, without a traceback, and its summary says why."""
    said = within_small_disks(
        tmp_path,
        f"""
        import json, os, subprocess, sys
        os.chdir({str(tmp_path)!r})
        run = os.path.join(sys.argv[1], "run")
        command = [sys.executable, "-m", "runner", *{LINE!r}, "steps=1000000", "hydra.run.dir=" + run]
        done = subprocess.run(command, capture_output=True, text=True)
        print(json.dumps([done.returncode, done.stderr, json.load(open(run + "/summary.json"))]))
        """,
    )
    code, err, summary = json.loads(said)
    assert code == 1
    assert "No space left on device" in err
    assert "Traceback" not in err
    assert (summary["outcome"], summary["status"]) == ("failed", "FAILED")
    assert "No space left on device" in summary["reason"]
    assert summary["steps"] > 0


def test_full_disk_under_the_store(tmp_path: Path) -> None:
    """A store that can't grow doesn't disturb the run; sync delivers once there is room."""
    said = within_small_disks(
        tmp_path,
        f"""
        import json, os, subprocess, sys
        os.chdir({str(tmp_path)!r})
        uri = "tracking.uri=sqlite:///" + os.path.join(sys.argv[1], "m.db")
        command = [sys.executable, "-m", "runner", *{LINE!r}, uri, "hydra.run.dir=run"]
        done = subprocess.run(command, capture_output=True, text=True)
        print(json.dumps([done.returncode, done.stderr]))
        """,
    )
    code, err = json.loads(said)
    assert code == 0, err
    assert err.count("not in MLflow") == 1
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == "FINISHED"
    uri = f"tracking.uri=sqlite:///{tmp_path}/disk/m.db"
    process = whynan(tmp_path, "sync", "run", uri)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    opened(tmp_path)  # with the warnings of MLflow's first import let through
    client = client_of(resolve_store(f"sqlite:///{tmp_path}/disk/m.db", "tests"))
    assert client.get_run(str(read(tmp_path / "run").run_id)).info.status == "FINISHED"
