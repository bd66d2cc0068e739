"""Open the UI of MLflow on the runs.

  whynan ui [--port 5000] [--host 127.0.0.1] [tracking.uri=...]

Serves the store until Ctrl-C. Without --port, the first free port from 5000 on is used.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from runner.cli.arguments import Flags
from runner.cli.exit_codes import EXIT_FAILED, terminable
from runner.cli.screen.terminal import messages, results
from runner.cli.stores import store_with_runs
from runner.composition.overrides import split_overrides
from runner.errors import Problem, UserError
from runner.redaction import redact
from runner.tracking.content.experiment import runs_page
from runner.tracking.sending.connection import connect, experiment_id
from runner.tracking.served import served
from runner.tracking.store import Store
from runner.tracking.stored.reading import store_errors

LOOPBACK = "127.0.0.1"
FIRST_PORT = 5000
_PORTS_TRIED = 100
_LAST_WORDS = 20  # lines
_PATIENCE = 5.0  # seconds for the server to end by itself


def main(arguments: list[str]) -> int:
    """Serve the store, or say where it is served already."""
    parser = Flags()
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", type=_port)
    flags, rest = parser.split(arguments)
    words, overrides = split_overrides(rest)
    if words:
        raise UserError(f"unexpected argument {words[0]!r}: ui takes --host, --port and tracking.uri=...")
    store = store_with_runs(overrides)
    page = page_of(store)
    if store.is_server:
        results().print(f"the runs are served at {store.shown.rstrip('/')}{page}", markup=False, soft_wrap=True)
        return 0
    port = free_port(flags.host, flags.port)
    shown = f"[{flags.host}]" if ":" in flags.host else flags.host
    address = f"http://{shown}:{port}"
    results().print(f"MLflow shows {store.shown} at {address} (Ctrl-C ends it)", markup=False)
    results().print(f"the runs: {address}{page}", markup=False, soft_wrap=True)
    sys.stdout.flush()
    with served(store, address):
        return serve(store, flags.host, port)


def page_of(store: Store) -> str:
    """The path of the page that lists the runs; UserError where the store can't be opened."""
    with store_errors(store):
        return runs_page(experiment_id(connect(store), store))


def serve(store: Store, host: str, port: int) -> int:
    """Run MLflow's server until Ctrl-C or SIGTERM; gives an exit code where it ends before."""
    with terminable(), _server(store, host, port) as server:
        assert server.stdout is not None
        # What it says while it works is noise; when it ends by itself, its last lines say why.
        last_words = deque(server.stdout, maxlen=_LAST_WORDS)
    messages().print(redact("".join(last_words)), markup=False)
    messages().print(f"MLflow's server ended by itself, with exit code {server.wait()}")
    return EXIT_FAILED


@contextmanager
def _server(store: Store, host: str, port: int) -> Iterator[subprocess.Popen[str]]:
    # The address goes by the environment: everybody on the machine can read command lines.
    environment = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # eight more processes, for evaluating language models
        **os.environ,
        "MLFLOW_BACKEND_STORE_URI": store.uri,
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": store.artifacts,
    }
    command = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # its processes end together, and without Ctrl-C's tracebacks
    )
    try:
        yield server
    finally:
        _end(server)
        if server.stdout is not None:
            server.stdout.close()


def _end(server: subprocess.Popen[str]) -> None:
    for strength in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, strength)
            server.wait(_PATIENCE)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def free_port(host: str, wanted: int | None) -> int:
    """The port to serve at: the one wanted, else the first free one from 5000 on; UserError where there is none."""
    ports = range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED) if wanted is None else [wanted]
    for port in ports:
        try:
            with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
                return port
        except OSError as error:
            reason = error
    raise UserError(Problem("--port", f"can't serve at {host}: {reason}", given=wanted or FIRST_PORT))


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535")
    return int(text)
