"""`ui`: MLflow's pages on the right store, and nothing left behind."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow_stores import opened
from run_folders import local_store

from runner.cli.commands import ui
from runner.errors import UserError

ROOT = Path(__file__).parents[2]
_PATIENCE = 60.0


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a working folder of its own, and no store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def get(port: int, path: str) -> tuple[int, bytes]:
    """What the server answers, once it does."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        finally:
            connection.close()


def processes_with(text: str) -> list[str]:
    """The command lines and environments of running processes that hold a text."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if text in command:
            found.append(command)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_pages_open_and_a_signal_ends_everything(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """The address is said first, the store is served at loopback, and Ctrl-C or SIGTERM ends all processes."""
    store = opened(tmp_path)
    port = ui.free_port(ui.LOOPBACK, None)
    server = subprocess.Popen(
        [sys.executable, "-m", "runner", "ui", "--port", str(port), f"tracking.uri={store.uri}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell in the background has its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == f"MLflow shows {store.uri} at http://127.0.0.1:{port} (Ctrl-C ends it)\n"
        assert re.fullmatch(
            rf"the runs: http://127\.0\.0\.1:{port}/#/experiments/\d+/runs\?.*\n", server.stdout.readline()
        )
        assert get(port, "/")[0] == 200
        status, answer = get(port, "/api/2.0/mlflow/experiments/get?experiment_id=0")
        assert status == 200
        assert b'"Default"' in answer
        assert not any(store.uri in command for command in processes_with("mlflow\0server"))
        server.send_signal(number)
        rest = server.stdout.read()
    assert server.returncode == code
    assert rest == ""
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert processes_with(f"--port\0{port}") == []


def test_server_that_ends_by_itself_gives_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When MLflow's server fails, its last lines are shown, without passwords, and the exit code is 1."""
    (tmp_path / "python").write_text("#!/bin/sh\necho starting\necho no database at http://me:s3cret@x >&2\nexit 3\n")
    (tmp_path / "python").chmod(0o755)
    store = local_store(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert ui.serve(store, ui.LOOPBACK, 5000) == 1
    shown = capsys.readouterr().err
    assert "no database at http://***@x" in shown
    assert "exit code 3" in shown


def test_a_server_needs_no_other(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """For a store behind a server its address is printed, without the password."""
    monkeypatch.setattr("runner.cli.stores.probe", lambda store: None)
    monkeypatch.setattr(ui, "page_of", lambda store: "/#/runs")
    assert ui.main(["tracking.uri=http://me:s3cret@host:5000"]) == 0
    assert capsys.readouterr().out == "the runs are served at http://***@host:5000/#/runs\n"


def test_no_store_says_how_to_make_a_run(tmp_path: Path) -> None:
    """Before the first run there is nothing to show, and nothing is made by asking."""
    with pytest.raises(UserError, match=r"there is no run yet.*python -m runner"):
        ui.main([])
    assert list(tmp_path.iterdir()) == []


def test_next_free_port_is_taken() -> None:
    """A port in use is passed over, unless it was asked for."""
    with socket.create_server((ui.LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match="in use"):
            ui.free_port(ui.LOOPBACK, port)
    free = ui.free_port(ui.LOOPBACK, None)
    with socket.create_server((ui.LOOPBACK, free)):
        assert ui.free_port(ui.LOOPBACK, None) > free


def test_address_of_another_machine_is_reported() -> None:
    """A host that isn't this machine can't be served at."""
    with pytest.raises(UserError, match=r"can.t serve at 192\.0\.2\.1"):
        ui.free_port("192.0.2.1", None)


@pytest.mark.parametrize("arguments", [["--port", "five"], ["--port", "99999"], ["--prt", "5"], ["abc"]])
def test_mistakes_are_reported(arguments: list[str]) -> None:
    """A wrong flag or word is the user's error."""
    with pytest.raises(UserError):
        ui.main(arguments)
