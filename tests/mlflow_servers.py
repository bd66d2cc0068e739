"""Real MLflow servers for tests, to be killed and started again, and a network between them and the program."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

_PATIENCE = 120.0  # seconds for a server to start on a machine that does other things


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Server:
    """`mlflow server` on a backend of its own, always at the same address."""

    def __init__(self, folder: Path, backend: str | None = None) -> None:
        self.folder = folder
        self.backend = backend or f"sqlite:///{folder}/server.db"
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        environment = {
            **os.environ,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", "1", "--backend-store-uri", self.backend]
        command += ["--artifacts-destination", str(self.folder / "artifacts")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        deadline = time.monotonic() + _PATIENCE
        while True:
            assert self._process.poll() is None, (self.folder / "server.log").read_text()
            with suppress(OSError), urllib.request.urlopen(f"{self.uri}/health", timeout=5):
                return
            assert time.monotonic() < deadline, (self.folder / "server.log").read_text()
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill all its processes with -9."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def serving(folder: Path, backend: str | None = None) -> Iterator[Server]:
    """A server that has started, until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder, backend)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class BadNetwork(ThreadingHTTPServer):
    """Between a client and a server: loses requests, loses answers, delays and repeats them, at random but repeatably.

    `trouble` is the share of requests that something happens to; `happened` counts what did.
    """

    KINDS = ("lost request", "lost answer", "delayed", "repeated")
    daemon_threads = True

    def __init__(self, port: int, trouble: float, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.target, self.trouble, self.chance = port, trouble, random.Random(seed)
        self.happened = dict.fromkeys(self.KINDS, 0)
        self.lock = threading.Lock()
        self.uri = f"http://127.0.0.1:{self.server_address[1]}"

    def fate(self) -> str:
        """What happens to the next request."""
        with self.lock:
            kind = self.chance.choice(self.KINDS) if self.chance.random() < self.trouble else ""
            if kind:
                self.happened[kind] += 1
            return kind

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is gone is nobody's error."""


class _Relay(BaseHTTPRequestHandler):
    server: BadNetwork
    protocol_version = "HTTP/1.1"
    _HOP: ClassVar[set[str]] = {"connection", "keep-alive", "transfer-encoding", "content-length"}

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fate = self.server.fate() if "/mlflow" in self.path else ""
        if fate == "lost request":
            self.close_connection = True
            return
        if fate == "delayed":
            time.sleep(0.5)
        try:
            status, headers, answer = self._ask(body)
            if fate == "repeated":
                status, headers, answer = self._ask(body)
        except OSError:  # the server is away
            self.close_connection = True
            return
        if fate == "lost answer":
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in self._HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in self._HOP}
        headers["Host"] = f"127.0.0.1:{self.server.target}"
        try:
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _relay  # noqa: N815  # the names of http.server

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def bad_network(server: Server, trouble: float, seed: int) -> Iterator[BadNetwork]:
    """A bad network in front of a server, until the end of the block."""
    network = BadNetwork(server.port, trouble, seed)
    thread = threading.Thread(target=network.serve_forever, daemon=True)
    thread.start()
    try:
        yield network
    finally:
        network.shutdown()
        network.server_close()
        thread.join()
