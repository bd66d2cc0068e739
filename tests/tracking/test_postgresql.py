"""Runs whose MLflow keeps them in PostgreSQL: behind a server, and directly."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow_servers import serving
from mlflow_stores import opened
from postgresql import PASSWORD, cluster

from runner.errors import UserError
from runner.tracking.journal import read
from runner.tracking.sending.connection import connect
from runner.tracking.store import probe, resolve_store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # MLflow's own
    pytest.mark.filterwarnings("ignore:Operation with range is deprecated"),
]

LINE = ["dataset=xor", "steps=400", "diagnosis.enabled=false", "tracking.experiment=tests"]


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty PostgreSQL database, one for each test: some stop it."""
    with cluster(tmp_path_factory.mktemp("postgresql") / "cluster") as address:
        yield address


def whynan(folder: Path, *words: str) -> tuple[int, str, str]:
    """Exit code and output of a command line in a process of its own."""
    command = [sys.executable, "-m", "runner", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def assert_delivered(folder: Path, uri: str) -> None:
    """The run is finished in the store, each of its points there once, and nothing in its folder holds the password."""
    deadline = time.monotonic() + 60
    while not read(folder).delivered and time.monotonic() < deadline:
        time.sleep(0.2)
    known = read(folder)
    assert known.delivered
    client = connect(resolve_store(uri, "tests"))
    run = client.get_run(str(known.run_id))
    assert run.info.status == "FINISHED"
    for name in ("loss", "grad_norm"):
        points = client.get_metric_history(run.info.run_id, name)
        assert len(points) == len({point.step for point in points}) == 200
    assert len(run.outputs.model_outputs) == 1
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 10
    assert not [path for path in written if PASSWORD.encode() in path.read_bytes()]
    assert PASSWORD not in str(run.to_dictionary())


def test_run_is_kept_in_postgresql_directly(tmp_path: Path, database: str) -> None:
    """With the address of the database as tracking.uri."""
    opened(tmp_path)  # with the warnings of MLflow's first import let through
    code, out, err = whynan(tmp_path, *LINE, f"tracking.uri={database}", "hydra.run.dir=run")
    assert code == 0, err
    assert PASSWORD not in out + err
    assert_delivered(tmp_path / "run", database)


def test_run_is_kept_by_a_server_on_postgresql(tmp_path: Path, database: str) -> None:
    """With the address of an MLflow server, which keeps its runs in the database; killed in between, it catches up."""
    opened(tmp_path)
    with serving(tmp_path / "server", database) as server:
        code, _, err = whynan(tmp_path, *LINE, f"tracking.uri={server.uri}", "hydra.run.dir=run")
        assert code == 0, err
        assert_delivered(tmp_path / "run", server.uri)
        line = [*LINE, "steps=150000", "tracking.model=false", f"tracking.uri={server.uri}", "hydra.run.dir=again"]
        process = subprocess.Popen([sys.executable, "-m", "runner", *line], cwd=tmp_path, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not read(tmp_path / "again").anchors and time.monotonic() < deadline:
            time.sleep(0.05)
        server.kill()
        server.start()
        assert process.wait(300) == 0
        deadline = time.monotonic() + 150
        while not read(tmp_path / "again").delivered and time.monotonic() < deadline:
            # Until its writer has given up, if it does, there is nothing for sync to do.
            code, _, err = whynan(tmp_path, "sync", "again", f"tracking.uri={server.uri}")
            assert code == 0, err
        client = connect(resolve_store(server.uri, "tests"))
        points = client.get_metric_history(str(read(tmp_path / "again").run_id), "loss")
        assert len(points) == len({point.step for point in points}) == 200


def test_wrong_password_is_reported_before_training(tmp_path: Path, database: str) -> None:
    """A password that the database refuses, and an address where none is, are exit code 2 and leave no run."""
    wrong = database.replace(PASSWORD, "wrong-one")
    code, _, err = whynan(tmp_path, *LINE, f"tracking.uri={wrong}", "hydra.run.dir=run")
    assert code == 2
    assert "the database refuses" in err
    assert "wrong-one" not in err
    assert not (tmp_path / "run").exists()
    with pytest.raises(UserError, match="no answer"):
        probe(resolve_store("postgresql://me@127.0.0.1:1/runs", "tests"))
