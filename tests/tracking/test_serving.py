"""What MLflow's users do with a model: serve it, register it, load it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from mlflow_servers import free_port
from mlflow_stores import opened
from run_folders import carry, finished

from runner.tracking.journal import read
from runner.tracking.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Operation with range is deprecated"),  # MLflow's, of its example
]


@pytest.fixture
def delivered(tmp_path: Path) -> tuple[Path, Store]:
    """The folder and the store of a run whose network says y = 2 x + 1."""
    store = opened(tmp_path)
    folder = finished(tmp_path / "outputs" / "run")
    assert carry(folder, store)[-1] == {"delivered": True}
    return folder, store


def test_served_model_answers(delivered: tuple[Path, Store], tmp_path: Path) -> None:
    """`mlflow models serve` on the run's model answers a request with what the network says."""
    folder, store = delivered
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "--port", str(port)]
    command += ["--model-uri", f"runs:/{read(folder).run_id}/model"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # as in an activated environment
    environment = {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": store.uri, "MLFLOW_DISABLE_TELEMETRY": "true"}
    # In a folder of its own, so that no checkout lends it modules.
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True
        )
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations",
        json.dumps({"dataframe_split": {"columns": ["x"], "data": [[3.0], [500.0]]}}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            assert server.poll() is None, (tmp_path / "log").read_text()
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    answer = json.load(response)
                    break
            except OSError:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.3)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert answer == {"predictions": [{"y": 7.0}, {"y": 1001.0}]}


def test_model_can_be_registered(delivered: tuple[Path, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's model becomes a version of a registered model, and is loaded by its name."""
    import mlflow
    import pandas as pd

    folder, store = delivered
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)  # `set_tracking_uri` would leave it there for later tests
    version = mlflow.register_model(f"runs:/{read(folder).run_id}/model", "line")
    loaded = mlflow.pyfunc.load_model(f"models:/line/{version.version}")
    assert version.status == "READY"
    assert loaded.predict(pd.DataFrame({"x": [2.0]}))["y"].tolist() == [5.0]
    assert loaded.metadata.signature is not None
