"""What delivery costs: points a second beside plain `log_batch`, and training while a server is killed.

Load: runs of 20 curves of 200 points each, into a SQLite file and into an MLflow server, in blocks by turns: by the
writer process itself (journal, sketch and all), and in another process of the same niceness with MLflow's client:
create_run, parameters, data set, the same points with the same times by `log_batch` of 1,000, tags, files, end. Both
leave MLflow's modules out of garbage collection, which alone would make the plain one a fifth slower. The ratio is
plain over ours, of the two neighbours of a turn, so that what else loads the machine meets both; reported is the median
over the turns: 1 is as fast, 0.9 the least that is wanted. A turn of the writer has the orders and answers, too.

Disturbance: seconds that training itself takes with a server that stays, and with one that is killed in the middle and
started again, in pairs by turns; the median of the pairs' ratios. Also processor seconds of the training process,
which other load disturbs less.

    python benchmarks/tracking.py                    200 runs, 5 pairs of disturbed ones
    python benchmarks/tracking.py --quick            40 runs, 2 pairs
    python benchmarks/tracking.py --load             only the load (--disturbance: only that)
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from mlflow_servers import Server, serving
from run_folders import append, begin, end, record

from runner.tracking.client import Tracker
from runner.tracking.content import run as run_content
from runner.tracking.journal import read
from runner.tracking.sending.connection import connect, experiment_id
from runner.tracking.sending.delivery import FILES, batched
from runner.tracking.sending.staging import stage
from runner.tracking.store import Store, resolve_store
from runner.tracking.writer import NICENESS

LAYERS, POINTS, TURN = 9, 200, 5
CURVES = [
    "loss",
    "grad_norm",
    *(f"{kind}/layer_{k}" for kind in ("grad_norm", "update_ratio") for k in range(1, LAYERS + 1)),
]
COLUMNS = ["step", *CURVES, "valid_loss", "accuracy", "valid_accuracy"]
LINE = ["experiment=digits", "epochs=null", "steps=150000", "diagnosis.enabled=false", "tracking.model=false"]


def folders(parent: Path, count: int) -> list[Path]:
    """Folders of runs that have just ended."""
    made = []
    rng = np.random.default_rng(0)
    for k in range(count):
        started = datetime.now(UTC).isoformat()
        described = record(POINTS - 1, columns=COLUMNS, key=f"{parent}-{k}", started=started)
        described["config"]["tracking"] |= {"points": POINTS, "model": False}
        table = np.full((POINTS, len(COLUMNS)), np.nan)
        table[:, 0] = np.arange(POINTS)
        table[:, 1 : 1 + len(CURVES)] = rng.normal(size=(POINTS, len(CURVES)))
        made.append(begin(parent / str(k), described))
        append(made[-1], table)
        end(made[-1], outcome="finished")
    return made


def through_the_spool(runs: Sequence[Path], tracker: Tracker) -> float:
    """Seconds until the writer has delivered the runs."""
    began = time.perf_counter()
    for folder in runs:
        tracker.start(folder)
    assert all(tracker.finish(folder, 600).delivered for folder in runs)
    return time.perf_counter() - began


def be_like_a_writer() -> None:
    """Give this process the writer's niceness and its view of garbage."""
    os.nice(NICENESS)
    import mlflow  # noqa: F401

    gc.freeze()


def by_hand(runs: Sequence[Path], store: Store) -> float:
    """Seconds until the same is in the store with MLflow's client."""
    began = time.perf_counter()
    for folder in runs:
        log_by_hand(folder, store)
    return time.perf_counter() - began


def log_by_hand(folder: Path, store: Store) -> None:
    """Log one run as somebody would who has the points in memory."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

    client = connect(store)
    described = json.loads((folder / "run.json").read_text())
    run = client.create_run(experiment_id(client, store), tags=run_content.tags(described, folder)).info.run_id
    client.log_batch(run, params=[Param(key, value) for key, value in run_content.parameters(described).items()])
    context = [InputTag("mlflow.data.context", "training")]
    client.log_inputs(run, [DatasetInput(Dataset(**run_content.dataset_entry(described)), context)])
    table = np.fromfile(folder / "spool" / "history.f64").reshape(POINTS, -1)
    began, now = run_content.started_ms(described), round(time.time() * 1000)
    times = np.linspace(began, now, POINTS).astype(int).tolist()
    metrics = [
        Metric(name, value, times[step], step)
        for k, name in enumerate(CURVES, start=1)
        for step, value in enumerate(table[:, k].tolist())
    ]
    for batch in batched(metrics, 1000):
        client.log_batch(run, metrics=batch)
    client.log_batch(run, tags=[RunTag("outcome", "finished")])
    with tempfile.TemporaryDirectory() as scratch:
        stage(folder, FILES, Path(scratch))
        client.log_artifacts(run, scratch)
    client.set_terminated(run, "FINISHED")


def load(store: Store, parent: Path, count: int) -> None:
    """Points a second of both, by turns, and the median ratio of the turns."""
    spawn = multiprocessing.get_context("spawn")
    tracker, seconds = Tracker(store), ([], [])  # type: tuple[list[float], list[float]]
    with ProcessPoolExecutor(1, spawn, initializer=be_like_a_writer) as hand:
        for turn in range(count // TURN + 1):
            ours, plain = (folders(parent / f"{way}-{turn}", TURN) for way in ("ours", "plain"))
            ways = [
                lambda ours=ours: through_the_spool(ours, tracker),
                lambda plain=plain: hand.submit(by_hand, plain, store).result(),
            ]
            for k in (0, 1) if turn % 2 else (1, 0):
                seconds[k].append(ways[k]())
    tracker.close()
    ours, plain = (taken[1:] for taken in seconds)  # the first turn has what only the first of a process does
    for name, taken in (("the writer", ours), ("plain log_batch", plain)):
        a_run = statistics.median(taken) / TURN
        print(f"  {name:20} {POINTS * len(CURVES) / a_run:10,.0f} points/s  {1000 * a_run:6.0f} ms a run")
    ratios = sorted(b / a for a, b in zip(ours, plain, strict=True))
    print(
        f"  ratio                {statistics.median(ratios):10.2f}  ({len(ratios)} turns, half of them between", end=""
    )
    print(f" {ratios[len(ratios) // 4]:.2f} and {ratios[-1 - len(ratios) // 4]:.2f})", flush=True)


@dataclass(frozen=True)
class Trained:
    """Seconds that training itself took, and processor seconds of the whole command."""

    seconds: float
    processor: float


def trained(folder: Path, store: Server, victim: Server) -> Trained:
    """Train into one server while one is killed and started again: the same, or for the same load another."""
    uri = f"tracking.uri={store.uri}"
    command = [sys.executable, "-m", "runner", *LINE, uri, f"hydra.run.dir={folder}"]
    process = subprocess.Popen(command, cwd=folder.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not read(folder).anchors and time.monotonic() < deadline:
        time.sleep(0.02)
    victim.kill()
    time.sleep(1.0)
    victim.start()
    _, process.returncode, usage = os.wait4(process.pid, 0)
    summary = json.loads((folder / "summary.json").read_text())
    return Trained(float(summary["seconds"]), usage.ru_utime + usage.ru_stime)


def disturbance(folder: Path, repetitions: int) -> None:
    """How much longer training takes if the server that is killed is its own."""
    folder.mkdir()
    with serving(folder / "server") as server, serving(folder / "other") as other:
        calm, disturbed = [], []
        for k in range(repetitions):
            arms = [(calm, "calm", other), (disturbed, "disturbed", server)]
            for runs, name, victim in arms if k % 2 else arms[::-1]:
                runs.append(trained(folder / f"{name}-{k}", server, victim))
    for name in ("seconds", "processor"):
        pairs = [(getattr(a, name), getattr(b, name)) for a, b in zip(calm, disturbed, strict=True)]
        ratios = sorted(b / a - 1 for a, b in pairs)
        a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(
            f"  {name:12} {a:6.2f} s with another server killed, {b:6.2f} s with its own: median of the pairs", end=""
        )
        print(f" {statistics.median(ratios):+.1%} ({ratios[0]:+.1%} to {ratios[-1]:+.1%})", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--disturbance", action="store_true")
    asked = parser.parse_args()
    both = asked.load == asked.disturbance
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    with tempfile.TemporaryDirectory(prefix="whynan-", ignore_cleanup_errors=True) as scratch:
        folder, count = Path(scratch), 40 if asked.quick else 200
        if both or asked.load:
            print("SQLite file")
            load(resolve_store(f"sqlite:///{folder}/m.db", "load", outputs=folder / "none"), folder / "file", count)
            with serving(folder / "server") as server:
                print("MLflow server on a SQLite file")
                load(resolve_store(server.uri, "load", outputs=folder / "none"), folder / "http", count)
        if both or asked.disturbance:
            print("training while a server is killed and started again")
            disturbance(folder / "disturbance", 2 if asked.quick else 5)


if __name__ == "__main__":
    main()
