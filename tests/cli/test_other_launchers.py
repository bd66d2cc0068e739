"""Hydra's own launchers and sweepers, and clusters, carry out jobs of this program, too."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
import pytest
from commands import Whynan

from runner.files.run_folder import is_whole

pytestmark = pytest.mark.slow

JOBS = "dataset=xor steps=50 optimizer.lr=0.1,0.5"


def carried_out(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command line in a process of its own."""
    command = [sys.executable, "-m", "runner", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_other_launchers(tmp_path: Path, launcher: str) -> None:
    """Each job is a run of its own in the store, in this process or in others."""
    said = carried_out(tmp_path, "-m", f"hydra/launcher={launcher}", *JOBS.split(), "hydra.sweep.dir=s")
    assert said.returncode == 0, said.stderr
    assert all(is_whole(tmp_path / "s" / str(job)) for job in range(2))
    assert said.stdout.count("job ") == 2
    listed = carried_out(tmp_path, "runs")
    assert len(listed.stdout.splitlines()) == 3


def test_a_job_that_fails_under_another_launcher(tmp_path: Path) -> None:
    """Its failure is the exit code's, also where another process had it."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "1").mkdir()
    (tmp_path / "s" / "1" / "run.json").write_text("{}")
    words = ["hydra/launcher=joblib", *JOBS.split(), "hydra.sweep.dir=s", "tracking=none"]
    said = carried_out(tmp_path, "-m", *words)
    assert said.returncode == 1
    assert is_whole(tmp_path / "s" / "0")


def test_optuna_asks_and_packs_answer(tmp_path: Path) -> None:
    """hydra-optuna-sweeper draws values, a few at a time, which our launcher carries out as one sweep."""
    words = ["hydra/sweeper=optuna", "hydra.sweeper.n_trials=6", "hydra.sweeper.n_jobs=3", "dataset=xor", "steps=50"]
    said = carried_out(tmp_path, "-m", *words, "optimizer.lr=interval(0.01,1)", "hydra.sweep.dir=s", "tracking=none")
    assert said.returncode == 0, said.stderr
    table = pd.read_parquet(tmp_path / "s" / "results.parquet")
    assert len(table) == 6
    assert table["optimizer.lr"].between(0.01, 1).all()
    assert table["optimizer.lr"].nunique() == 6


def test_the_basic_sweeper_with_packs(whynan: Whynan, folder: Path) -> None:
    """Hydra's own sweeper expands, our launcher carries out."""
    said = whynan(f"-m hydra/sweeper=basic {JOBS} tracking=none hydra.sweep.dir=s")
    assert said.code == 0, said.err
    assert "2 of 2" in said.out


def test_other_programs_are_left_alone(tmp_path: Path) -> None:
    """A Hydra program beside this one sweeps as ever, imports nothing of ours, and is refused where it asks for it."""
    (tmp_path / "app.py").write_text(
        """import sys
import hydra
@hydra.main(version_base="1.3", config_path=None)
def main(config):
    print("job", config.x, "numpy" in sys.modules, "runner.settings" in sys.modules)
main()
"""
    )
    command = [sys.executable, "app.py", "-m", "+x=1,2"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert [line for line in said.stdout.splitlines() if line.startswith("job")] == [
        "job 1 False False",
        "job 2 False False",
    ]
    refused = subprocess.run(
        [*command, "hydra/sweeper=whynan"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "carry out jobs of `whynan` alone" in refused.stderr


@contextmanager
def process(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Dask's, killed at the end of the block."""
    with (folder / "dask.log").open("ab") as log:
        command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
        started = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_cluster_that_loses_a_worker(tmp_path: Path) -> None:
    """On a real scheduler with real workers, one of them killed in the middle, every run arrives exactly once."""
    address = f"tcp://127.0.0.1:{free_port()}"
    worker = ("worker", address, "--no-nanny", "--nthreads", "1")
    with ExitStack() as stack:
        stack.enter_context(process(tmp_path, "scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]))
        first, _ = (stack.enter_context(process(tmp_path, *worker)) for _ in range(2))
        time.sleep(8)
        words = ["dataset=planar", "optimizer.lr=0.1,1", "seed=range(12)", "steps=4000", "hydra.sweep.dir=s"]
        with (tmp_path / "log").open("wb") as log:
            driver = subprocess.Popen(
                [sys.executable, "-m", "runner", "-m", "sweep=dask", f"sweep.address={address}", *words],
                cwd=tmp_path,
                stdout=log,
                stderr=log,
            )
        results = tmp_path / "s" / "results.jsonl"
        deadline = time.monotonic() + 90
        while not (results.exists() and results.read_bytes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(first.pid, 9)
        assert driver.wait(180) == 0, (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert Counter(line["job"] for line in lines) == dict.fromkeys(range(24), 1)
    assert {line["status"] for line in lines} == {"FINISHED"}
    assert all(is_whole(tmp_path / "s" / str(job)) for job in range(24))


def test_a_cluster_that_is_not_there(whynan: Whynan, folder: Path) -> None:
    """It is reported before anything is written."""
    said = whynan(f"-m sweep=dask sweep.address=tcp://127.0.0.1:{free_port()} dataset=xor steps=5 seed=1,2")
    assert said.code == 2
    assert "no scheduler answers there" in said.err
    assert not (folder / "outputs").exists()
