"""MLflow's pages on our runs, in a real browser."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from browser import Browser, browser
from mlflow_servers import free_port
from mlflow_stores import client_of, opened
from run_folders import COLUMNS, append, begin, carry, end, record, rows

from runner.tracking.journal import read
from runner.tracking.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Operation with range is deprecated"),  # MLflow's, of its example
]

CURVES = "document.querySelectorAll('.js-plotly-plot .scatterlayer .trace').length"
BROKEN = ["experiment=x_plus_one", "dataset.standardize=none", "optimizer.lr=1e-3", "steps=300"]
SWEEP = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a broken run, its mended one, and an experiment of many runs."""
    folder = tmp_path_factory.mktemp("pages")
    for words in (BROKEN, ["experiment=x_plus_one", "steps=300"]):
        line = [sys.executable, "-m", "runner", *words, "diagnosis.enabled=false", "tracking.model=false"]
        subprocess.run(line, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    store = opened(folder)
    sweep = Store(store.uri, "sweep", store.artifacts)
    for k in range(SWEEP):
        described = record(columns=COLUMNS, key=f"sweep-{k}", overrides=[f"seed={k}"])
        described["config"]["tracking"]["model"] = False
        run = begin(folder / "sweep" / str(k), described)
        append(run, rows(100))
        end(run)
        assert carry(run, sweep)[-1] == {"delivered": True}
    return folder


@contextmanager
def pages(folder: Path) -> Iterator[str]:
    """The address of `runner ui`."""
    port = free_port()
    line = [sys.executable, "-m", "runner", "ui", "--port", str(port)]
    server = subprocess.Popen(line, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while True:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                break
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    """The address of the pages on the runs of `folder`."""
    with pages(folder) as address:
        yield address


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Browser]:
    """A browser."""
    with browser(tmp_path) as opened_window:
        yield opened_window


def runs_of(folder: Path) -> tuple[str, list[str]]:
    """The experiment of the pair, and the ids of the broken run and of the mended one."""
    found = [read(path.parent) for path in sorted((folder / "outputs").glob("*/*/run.json"))]
    ids = [str(known.run_id) for known in found]
    return str(client_of(opened(folder)).get_run(ids[0]).info.experiment_id), ids


def test_page_of_a_broken_run_shows_its_curves(folder: Path, served: str, window: Browser) -> None:
    """A run that ended in NaN opens, and what was finite is drawn."""
    experiment, (broken, _) = runs_of(folder)
    window.open(f"{served}/#/experiments/{experiment}/runs/{broken}")
    window.wait_for("document.body.innerText.includes('first_nonfinite_step')")
    window.open(f"{served}/#/experiments/{experiment}/runs/{broken}/model-metrics")
    assert window.wait_for(CURVES) >= 1
    assert window.errors() == []


def test_pair_can_be_compared(folder: Path, served: str, window: Browser) -> None:
    """The broken run and the mended one are compared side by side."""
    experiment, ids = runs_of(folder)
    window.open(f"{served}/#/compare-runs?runs={quote(json.dumps(ids))}&experiments={quote(json.dumps([experiment]))}")
    window.wait_for("document.body.innerText.includes('Comparing 2 Runs')")
    window.wait_for("document.querySelectorAll('.js-plotly-plot').length")
    assert window.errors() == []


def test_many_runs_show_their_curves(folder: Path, served: str, window: Browser) -> None:
    """The charts of an experiment with two hundred runs open and are drawn."""
    experiment = client_of(opened(folder)).get_experiment_by_name("sweep").experiment_id
    window.open(f"{served}/#/experiments/{experiment}/runs?compareRunsMode=CHART")
    assert window.wait_for(CURVES, 180) >= 1
    assert window.errors() == []
