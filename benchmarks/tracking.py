"""What delivery costs: points a second beside the same calls made by hand, and training while a server is killed.

Load: runs of 20 curves of 200 points each, into a SQLite file and into an MLflow server, by turns through the spool
(journal, sketch and all) and by hand with MLflow's client: create_run, parameters, data set, `log_batch` of 1,000
points, tags, files, end. The ratio is by hand over ours: 1 is as fast, 0.9 the least that is wanted.

Disturbance: seconds that training itself takes with tracking=none, and with a server that is killed in the middle and
started again, by turns; medians.

    python benchmarks/tracking.py            200 runs, 5 disturbed ones
    python benchmarks/tracking.py --quick    40 runs, 2 disturbed ones
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from mlflow_servers import Server, serving
from run_folders import append, begin, end, record

from runner.tracking import record as words
from runner.tracking.delivery import FILES, connect, experiment_id, stage
from runner.tracking.journal import read
from runner.tracking.store import Store, resolve_store
from runner.tracking.track import Track

LAYERS, POINTS, BLOCK = 9, 200, 10
CURVES = [
    "loss",
    "grad_norm",
    *(f"{kind}/layer_{k}" for kind in ("grad_norm", "update_ratio") for k in range(1, LAYERS + 1)),
]
COLUMNS = ["step", *CURVES, "valid_loss", "accuracy", "valid_accuracy"]
LINE = ["experiment=digits", "epochs=null", "steps=150000", "diagnosis.enabled=false", "tracking.model=false"]


def folders(parent: Path, count: int, store: Store) -> list[Path]:
    """Folders of runs that have ended."""
    made = []
    rng = np.random.default_rng(0)
    for k in range(count):
        described = record(POINTS - 1, columns=COLUMNS, key=f"{parent}-{k}")
        described["config"]["tracking"] |= {"points": POINTS, "model": False}
        table = np.full((POINTS, len(COLUMNS)), np.nan)
        table[:, 0] = np.arange(POINTS)
        table[:, 1 : 1 + len(CURVES)] = rng.normal(size=(POINTS, len(CURVES)))
        made.append(begin(parent / str(k), described))
        append(made[-1], table)
        end(made[-1], outcome="finished")
    return made


def through_the_spool(folder: Path, store: Store) -> int:
    """Deliver as the writer does; gives the number of points."""
    track = Track(folder, store, lambda _: None)
    while not track.done:
        track.pump()
    assert read(folder).delivered
    return POINTS * len(CURVES)


def by_hand(folder: Path, store: Store) -> int:
    """Deliver the same with MLflow's client."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

    client = connect(store)
    described = json.loads((folder / "run.json").read_text())
    run = client.create_run(experiment_id(client, store), tags=words.tags(described, folder)).info.run_id
    client.log_batch(run, params=[Param(key, value) for key, value in words.parameters(described).items()])
    context = [InputTag("mlflow.data.context", "training")]
    client.log_inputs(run, [DatasetInput(Dataset(**words.dataset_entry(described)), context)])
    table = np.fromfile(folder / "spool" / "history.f64").reshape(POINTS, -1)
    now = round(time.time() * 1000)
    metrics = [
        Metric(name, value, now, step)
        for k, name in enumerate(CURVES, start=1)
        for step, value in enumerate(table[:, k].tolist())
    ]
    for start in range(0, len(metrics), 1000):
        client.log_batch(run, metrics=metrics[start : start + 1000])
    client.log_batch(run, tags=[RunTag("outcome", "finished")])
    with tempfile.TemporaryDirectory() as scratch:
        stage(folder, FILES, Path(scratch))
        client.log_artifacts(run, scratch)
    client.set_terminated(run, "FINISHED")
    return len(metrics)


def load(store: Store, parent: Path, count: int) -> None:
    """Points a second of both, in blocks by turns."""
    ways: dict[str, Callable[[Path, Store], int]] = {"through the spool": through_the_spool, "by hand": by_hand}
    runs = {name: folders(parent / name.replace(" ", "-"), count, store) for name in ways}
    seconds, points = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0)
    for name, deliver in ways.items():  # what only the first of a process does
        deliver(folders(parent / f"first-{name}", 1, store)[0], store)
    for start in range(0, count, BLOCK):
        for name, deliver in ways.items():
            began = time.perf_counter()
            points[name] += sum(deliver(folder, store) for folder in runs[name][start : start + BLOCK])
            seconds[name] += time.perf_counter() - began
    rates = {name: points[name] / seconds[name] for name in ways}
    for name, rate in rates.items():
        print(f"  {name:20} {rate:10,.0f} points/s  {1000 * seconds[name] / count:6.0f} ms a run")
    print(f"  ratio                {rates['through the spool'] / rates['by hand']:10.2f}")


def trained(folder: Path, name: str, server: Server | None) -> float:
    """Seconds that training itself took; with a server, it is killed after a second and started again."""
    uri = [f"tracking.uri={server.uri}"] if server else ["tracking=none"]
    words_ = [sys.executable, "-m", "runner", *LINE, *uri, f"hydra.run.dir={folder / name}"]
    with subprocess.Popen(words_, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        if server:
            deadline = time.monotonic() + 60
            while not read(folder / name).run_id and time.monotonic() < deadline:
                time.sleep(0.02)
            server.kill()
            time.sleep(1.0)
            server.start()
        process.wait()
    summary: dict[str, Any] = json.loads((folder / name / "summary.json").read_text())
    return float(summary["seconds"])


def disturbance(folder: Path, server: Server, repetitions: int) -> None:
    """The median seconds of training, alone and with a server that goes away."""
    alone, disturbed = [], []
    for k in range(repetitions):
        alone.append(trained(folder, f"alone-{k}", None))
        disturbed.append(trained(folder, f"disturbed-{k}", server))
    a, b = statistics.median(alone), statistics.median(disturbed)
    print(f"  alone {a:.2f} s, with a server that is killed and started again {b:.2f} s: {100 * (b / a - 1):+.1f} %")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    with tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
        folder = Path(scratch)
        print("SQLite file")
        load(resolve_store(f"sqlite:///{folder}/m.db", "load", outputs=folder), folder / "file", 40 if quick else 200)
        with serving(folder / "server") as server:
            print("MLflow server on a SQLite file")
            load(resolve_store(server.uri, "load", outputs=folder), folder / "http", 40 if quick else 200)
            print("training")
            disturbance(folder, server, 2 if quick else 5)


if __name__ == "__main__":
    main()
