"""Delivery to a real MLflow server that goes away, comes back, and is reached through a bad network."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mlflow_servers import Server, bad_network, serving
from run_folders import append, begin, end, line_arrays, record, rows

from runner.files.json_files import read_json
from runner.files.run_record import read_record
from runner.files.spool import Spool
from runner.tracking.client import Tracker
from runner.tracking.content.curves import Curves
from runner.tracking.content.run import KEY_TAG
from runner.tracking.journal import read
from runner.tracking.sending.connection import connect
from runner.tracking.store import Store, resolve_store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # MLflow's own
    pytest.mark.filterwarnings("ignore:Operation with range is deprecated"),
]

LINE = ["dataset=planar", "batch_size=32", "diagnosis.enabled=false", "tracking.experiment=tests"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


def run_with(client: MlflowClient, key: str) -> Run:
    """The one run that was made for a run folder."""
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    (run,) = client.search_runs(experiments, f"tags.`{KEY_TAG}` = '{key}'")
    return run


def assert_all_is_there(folder: Path, store: Store) -> Run:
    """Each point that belongs to a run folder is in the store, once; its status and files, too."""
    described = read_record(folder)
    assert described is not None
    spool = Spool(folder, described.columns)
    curves = Curves(spool, described)
    points = [*curves.take(len(spool), 10**13), *curves.end(10**13, len(spool))]
    expected: dict[str, list[tuple[int, float]]] = {}
    for point, _ in points:
        expected.setdefault(point.name, []).append((point.step, point.value))
    client = connect(store)
    run = run_with(client, str(described.key))
    assert run.info.status == (read_json(folder / "summary.json") or {})["status"]
    found = {
        name: [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, name)] for name in run.data.metrics
    }
    assert {name: sorted(values) for name, values in found.items()} == {n: sorted(v) for n, v in expected.items()}
    files = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert {"run.json", "summary.json", "weights.npz"} <= files
    return run


def whynan(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A command line in a process of its own."""
    command = [sys.executable, "-m", "runner", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until_tracked(folder: Path) -> None:
    """Wait until a run's first points were sent."""
    deadline = time.monotonic() + 120
    while not read(folder).anchors and time.monotonic() < deadline:
        time.sleep(0.05)


def test_server_killed_and_restarted_during_a_run(tmp_path: Path, server: Server) -> None:
    """The run goes on without it; in the end every point is there once."""
    store = resolve_store(server.uri, "tests", outputs=tmp_path / "outputs")
    process = whynan(tmp_path, *LINE, "steps=1000000", f"tracking.uri={server.uri}", "hydra.run.dir=run")
    wait_until_tracked(tmp_path / "run")
    described = read_record(tmp_path / "run")
    assert described is not None
    spool = Spool(tmp_path / "run", described.columns)
    server.kill()
    before = len(spool)
    time.sleep(3)
    assert len(spool) > before  # it trains on
    server.start()
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "warning" not in err
    run = assert_all_is_there(tmp_path / "run", store)
    assert (run.data.tags["steps"], run.info.status) == ("1000000", "FINISHED")


def test_server_that_stays_away_is_reported_and_synced_later(tmp_path: Path, server: Server) -> None:
    """The run ends well and says what to do; sync delivers it once the server is back."""
    store = resolve_store(server.uri, "tests", outputs=tmp_path / "outputs")
    process = whynan(tmp_path, *LINE, "steps=20000", f"tracking.uri={server.uri}", "hydra.run.dir=run")
    wait_until_tracked(tmp_path / "run")
    server.kill()
    try:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert err.count("warning") == 1
        assert "not in MLflow" in err
        assert "sync" in err
    finally:
        server.start()
    process = whynan(tmp_path, "sync", "run", f"tracking.uri={server.uri}")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert_all_is_there(tmp_path / "run", store)


@pytest.mark.parametrize("seed", range(3))
def test_bad_network_loses_and_doubles_nothing(tmp_path: Path, server: Server, seed: int) -> None:
    """Requests and answers that are lost, delayed and repeated: one run, each point once, one model."""
    with bad_network(server, trouble=0.4, seed=seed) as network:
        store = Store(network.uri, "bad-network", str(tmp_path / "outputs" / "mlartifacts"))
        tracker = Tracker(store)
        key = f"bad-network-{seed}"
        folder = begin(tmp_path / "outputs" / "run", record(key=key))
        tracker.start(folder)
        table = rows(100)
        for start in range(0, 101, 25):
            append(folder, table[start : start + 25])
            time.sleep(1.5)
        end(folder, line_arrays(), status="FINISHED")
        deadline = time.monotonic() + 180
        while not read(folder).delivered and time.monotonic() < deadline:
            tracker.start(folder) if tracker.finish(folder, 60).delivered is False else None
        tracker.close()
        assert read(folder).delivered
        assert all(network.happened.values()), network.happened
    direct = resolve_store(server.uri, "bad-network", outputs=tmp_path / "outputs")
    run = assert_all_is_there(folder, direct)
    models = connect(direct).search_logged_models([run.info.experiment_id], f"source_run_id = '{run.info.run_id}'")
    assert [str(model.status) for model in models] == ["READY"]
    assert len(run.inputs.dataset_inputs) == 1


def test_terminated_run_is_killed_with_its_reason(tmp_path: Path, server: Server) -> None:
    """After SIGTERM the run in MLflow is KILLED, interrupted, and complete up to there."""
    store = resolve_store(server.uri, "tests", outputs=tmp_path / "outputs")
    process = whynan(tmp_path, *LINE, "steps=100000000", f"tracking.uri={server.uri}", "hydra.run.dir=run")
    wait_until_tracked(tmp_path / "run")
    process.terminate()
    process.communicate(timeout=120)
    assert process.returncode == 143
    run = assert_all_is_there(tmp_path / "run", store)
    assert (run.info.status, run.data.tags["outcome"]) == ("KILLED", "interrupted")
