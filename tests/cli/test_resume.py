"""`resume`: a run that was cut off goes on to the numbers of one that never was."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import Whynan
from mlflow_stores import client_of, opened

from runner.tracking.content.run import KEY_TAG
from runner.tracking.journal import read

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example

LINE = ["dataset=planar", "batch_size=32", "steps=40000", "diagnosis.enabled=false"]


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command line in a process of its own."""
    command = [sys.executable, "-m", "runner", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_rows(run_folder: Path, rows: int) -> None:
    """Wait until a run has written so many rows."""
    spool = run_folder / "spool" / "history.f64"
    deadline = time.monotonic() + 60
    while not (spool.exists() and spool.stat().st_size > rows * 8 * 20) and time.monotonic() < deadline:
        time.sleep(0.01)


def left(run_folder: Path) -> tuple[bytes, dict[str, np.ndarray], dict[str, Any]]:
    """What a run has left: its history bit for bit, its arrays, its summary without times."""
    with np.load(run_folder / "weights.npz", allow_pickle=False) as arrays:
        weights = {name: arrays[name] for name in arrays if name.startswith("layer_")}
    summary = json.loads((run_folder / "summary.json").read_text())
    for name in ("seconds", "mlflow_run_id"):
        del summary[name]
    return (run_folder / "spool" / "history.f64").read_bytes(), weights, summary


def assert_same(run_folder: Path, other: Path) -> None:
    """Two runs have left the same, to the last bit."""
    (history, weights, summary), (history2, weights2, summary2) = left(run_folder), left(other)
    assert history == history2
    assert summary == summary2
    assert set(weights) == set(weights2)
    for name, array in weights.items():
        assert array.tobytes() == weights2[name].tobytes()
    assert (run_folder / "events.jsonl").read_text() == (other / "events.jsonl").read_text()
    table = pd.read_parquet(run_folder / "history.parquet")
    assert table["step"].tolist() == list(range(summary["steps"] + 1))


@pytest.mark.slow
def test_terminated_run_goes_on_to_the_same_bits(whynan: Whynan, folder: Path) -> None:
    """SIGTERM keeps a checkpoint; what resume makes of it is what an uninterrupted run leaves."""
    process = start(folder, *LINE, "tracking=none", "hydra.run.dir=cut")
    wait_for_rows(folder / "cut", 500)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert json.loads((folder / "cut" / "summary.json").read_text())["status"] == "KILLED"
    assert whynan(f"{' '.join(LINE)} tracking=none hydra.run.dir=whole").code == 0
    said = whynan("resume cut tracking=none")
    assert said.code == 0, said.err
    assert "cut goes on at step" in said.err
    assert_same(folder / "cut", folder / "whole")


@pytest.mark.slow
def test_killed_run_without_checkpoint_begins_anew(whynan: Whynan, folder: Path) -> None:
    """After kill -9 a run that kept no checkpoint starts from its first step, to the same end."""
    process = start(folder, *LINE, "tracking=none", "hydra.run.dir=cut")
    wait_for_rows(folder / "cut", 500)
    process.kill()
    process.wait(60)
    said = whynan("resume cut")
    assert said.code == 0, said.err
    assert "goes on at step 0 of 40,000" in said.err
    assert json.loads((folder / "cut" / "summary.json").read_text())["steps"] == 40000


def test_run_that_ended_or_goes_on_is_not_resumed(whynan: Whynan, folder: Path) -> None:
    """A run that came to its end, and one that somebody trains, are exit code 2 and stay as they are."""
    assert whynan("dataset=xor steps=20 tracking=none hydra.run.dir=ended").code == 0
    before = (folder / "ended" / "summary.json").read_bytes()
    said = whynan("resume ended")
    assert said.code == 2
    assert "has already ended" in said.err
    assert (folder / "ended" / "summary.json").read_bytes() == before
    process = start(folder, *LINE, "steps=100000000", "tracking=none", "hydra.run.dir=alive")
    wait_for_rows(folder / "alive", 100)
    said = whynan("resume alive")
    process.kill()
    process.wait(60)
    assert said.code == 2
    assert f"is being trained: process {process.pid}" in said.err


def test_run_of_another_machine_needs_anyway(whynan: Whynan, folder: Path) -> None:
    """A run without an end that another machine trained is only resumed by who says that it doesn't go on there."""
    assert whynan(f"{' '.join(LINE)} steps=300 tracking=none hydra.run.dir=far").code == 0
    (folder / "far" / "summary.json").unlink()
    described = folder / "far" / "spool" / "process.json"
    described.write_text(json.dumps({**json.loads(described.read_text()), "host": "elsewhere"}))
    said = whynan("resume far")
    assert said.code == 2
    assert "was last seen on elsewhere" in said.err
    assert whynan("resume far --anyway").code == 0


def test_run_with_other_data_is_not_resumed(whynan: Whynan, folder: Path) -> None:
    """Where the table has changed since, the numbers can't go on, and the run stays as it was."""
    table = folder / "data.csv"
    table.write_text("x,y\n" + "".join(f"{x},{2 * x}\n" for x in range(20)))
    line = "dataset=table dataset.path=data.csv 'dataset.targets=[y]' steps=50 tracking=none hydra.run.dir=cut"
    assert whynan(line).code == 0
    summary = folder / "cut" / "summary.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "outcome": "interrupted"}))
    table.write_text(table.read_text().replace("19,38", "19,39"))
    said = whynan("resume cut")
    assert said.code == 2
    assert "the data are no longer those of the run" in said.err
    assert summary.exists()


def test_damaged_checkpoint_is_reported_and_nothing_is_touched(whynan: Whynan, folder: Path) -> None:
    """A checkpoint that was changed is refused before anything of the run is."""
    process = start(folder, *LINE, "tracking=none", "hydra.run.dir=cut")
    wait_for_rows(folder / "cut", 500)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    (checkpoint,) = (folder / "cut" / "checkpoints").glob("step_*.npz")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-300])
    before = (folder / "cut" / "summary.json").read_bytes()
    said = whynan("resume cut")
    assert said.code == 2
    assert "is damaged or was changed" in said.err
    assert (folder / "cut" / "summary.json").read_bytes() == before


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


@pytest.mark.slow
def test_run_killed_twenty_times_ends_in_the_same_bits(whynan: Whynan, folder: Path) -> None:
    """Killed with -9 at random moments, its writer now and then, too: same bits, and each point in MLflow once."""
    long = [*LINE, "steps=300000", "network.hidden=[300]"]  # which no machine trains before the last kill
    line = [*long, "checkpoint=regular", "checkpoint.every=700", "hydra.run.dir=cut"]
    chance = random.Random(6)
    process = start(folder, *line)
    kills = 0
    while kills < 20:
        time.sleep(chance.uniform(0.3, 2.2))
        if process.poll() is not None:
            assert (folder / "cut" / "summary.json").exists() is (process.returncode == 0)
            break
        victims = [process.pid, *(children(process.pid) if chance.random() < 0.5 else [])]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        process.wait(60)
        kills += 1
        process = start(folder, "resume", "cut") if (folder / "cut" / "run.json").exists() else start(folder, *line)
    assert process.wait(300) == 0
    assert kills == 20
    assert whynan(f"{' '.join(long)} tracking=none hydra.run.dir=whole").code == 0
    assert_same(folder / "cut", folder / "whole")

    store = opened(folder)
    assert whynan("sync").code == 0
    client, known = client_of(store), read(folder / "cut")
    assert known.delivered
    assert known.run_id is not None
    run = client.get_run(known.run_id)
    assert (run.info.status, run.data.tags["steps"]) == ("FINISHED", "300000")
    same_key = f"tags.`{KEY_TAG}` = '{run.data.tags[KEY_TAG]}'"
    assert len(client.search_runs([run.info.experiment_id], same_key)) == 1
    table = pd.read_parquet(folder / "whole" / "history.parquet")
    for name in run.data.metrics:
        points = client.get_metric_history(known.run_id, name)
        steps = [point.step for point in points]
        assert len(steps) == len(set(steps)), name
        if name in table:
            right = sum(table[name].iloc[point.step] == point.value for point in points)
            # Only the last rows of interrupted parts, evaluated on all samples, are not in the whole run.
            assert len(points) - right <= kills
    assert run.data.metrics["loss"] == table["loss"].iloc[-1]
