"""Sweeps that are interrupted, killed, or lose a worker: every run arrives exactly once, on disk and in MLflow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from mlflow_stores import client_of, opened
from processes import lives, wait_until, workers_of

from runner.files.run_folder import is_whole

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Operation with range is deprecated")]

# More jobs than the packs of two workers hold, so that a sweep that is interrupted after its first pack has more to do.
RATES, SEEDS, STEPS = "0.1,1,2", 48, 3000
JOBS = 3 * SEEDS
SWEEP = [
    "-m",
    "dataset=planar",
    f"optimizer.lr={RATES}",
    f"seed=range({SEEDS})",
    f"steps={STEPS}",
    "hydra.sweep.dir=sweep",
]


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command line in a process of its own."""
    command = [sys.executable, "-m", "runner", *words]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)


def done(folder: Path) -> int:
    """How many results a sweep has so far."""
    results = folder / "sweep" / "results.jsonl"
    return results.read_bytes().count(b"\n") if results.exists() else 0


def assert_whole(folder: Path, uri: str | None) -> None:
    """The sweep in `folder` has every run exactly once, each with all its steps, and so has its store."""
    lines = [json.loads(line) for line in (folder / "sweep" / "results.jsonl").read_text().splitlines()]
    assert Counter(line["job"] for line in lines) == dict.fromkeys(range(JOBS), 1)
    assert {line["outcome"] for line in lines} <= {"finished", "converged", "stalled"}
    for job in range(JOBS):
        run = folder / "sweep" / str(job)
        assert is_whole(run)
        assert len(pd.read_parquet(run / "history.parquet", columns=["step"])) == STEPS + 1
        assert (run / ".hydra" / "overrides.yaml").exists()
    table = pd.read_parquet(folder / "sweep" / "results.parquet")
    assert len(table) == JOBS
    assert json.loads((folder / "sweep" / "summary.json").read_text())["outcome"] == "finished"
    if uri is None:
        return
    client = client_of(opened(folder))
    (experiment,) = [e for e in client.search_experiments() if e.name == "whynan"]
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    parents = [run for run in runs if run.data.tags.get("whynan.sweep") == "true"]
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert len(parents) == 1
    assert parents[0].info.status == "FINISHED"
    assert Counter(run.data.tags["whynan.job"] for run in children) == {str(job): 1 for job in range(JOBS)}
    assert {run.info.status for run in children} == {"FINISHED"}
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    for run in children:
        points = client.get_metric_history(run.info.run_id, "loss")
        assert 10 < len(points) <= 50
        assert len({point.step for point in points}) == len(points)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_sweep_ends_and_goes_on(tmp_path: Path, number: int) -> None:
    """Ctrl-C and SIGTERM end a sweep with what it has; `resume` does the rest."""
    process = start(tmp_path, *SWEEP)
    wait_until(lambda: done(tmp_path) > 0)
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    before = done(tmp_path)
    assert 0 < before < JOBS
    ended = json.loads((tmp_path / "sweep" / "summary.json").read_text())
    assert (ended["outcome"], ended["status"], ended["done"]) == ("interrupted", "KILLED", before)
    assert start(tmp_path, "resume", "sweep").wait(180) == 0
    assert_whole(tmp_path, "store")


def test_killed_driver_leaves_nothing_behind_that_goes_on(tmp_path: Path) -> None:
    """After kill -9 the workers end by themselves; `resume` finds what is whole and does the rest, twice if need be."""
    process = start(tmp_path, *SWEEP)
    for least in (0, 8):
        wait_until(partial(_has_more_than, tmp_path, least))
        workers = workers_of(process.pid)
        process.kill()
        process.wait()
        wait_until(partial(_are_gone, workers), 30)
        process = start(tmp_path, "resume", "sweep")
    assert process.wait(180) == 0, (tmp_path / "log").read_text()
    assert_whole(tmp_path, "store")


def test_killed_worker_is_replaced(tmp_path: Path) -> None:
    """What a killed worker was doing is done again; nothing is lost, and nothing is there twice."""
    process = start(tmp_path, *SWEEP, "tracking=none")
    for least in (0, 8):
        wait_until(partial(_has_more_than, tmp_path, least))
        wait_until(partial(_has_workers, process.pid))  # a pool that lost one may just be made anew
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        time.sleep(0.5)
    assert process.wait(180) == 0, (tmp_path / "log").read_text()
    assert_whole(tmp_path, None)


def test_a_sweep_that_runs_is_not_resumed(tmp_path: Path) -> None:
    """Nobody else may go on with it meanwhile."""
    process = start(tmp_path, *SWEEP, "tracking=none")
    wait_until(lambda: (tmp_path / "sweep" / "jobs.jsonl").exists())
    second = start(tmp_path, "resume", "sweep", "tracking=none")
    assert second.wait(60) == 2
    assert "is being trained" in (tmp_path / "log").read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143


def _has_more_than(folder: Path, count: int) -> bool:
    return done(folder) > count


def _has_workers(process: int) -> bool:
    return bool(workers_of(process))


def _are_gone(processes: list[int]) -> bool:
    return not any(map(lives, processes))
