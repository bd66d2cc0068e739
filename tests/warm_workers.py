"""Processes for somebody's code that are forked from one that has imported already what they need.

Each is still a process of its own, with its signals, limits and end: only the second that Python and NumPy take to
start is saved. How the real ones are started is tested in `diagnosis/subjects/test_subject_misbehaving.py`, by the
command line and in `subjects/`. A whole command can be carried out in such a process, too, and has its own in turn.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from runner.diagnosis.scripts import asking
from runner.subjects.process import conversation, worker

_NEEDED = (
    "autograd.numpy.linalg",
    "runner.cli.arguments",
    "runner.cli.commands.watch",
    "runner.cli.screen.watched",
    "runner.diagnosis.scripts.child",
    "runner.diagnosis.subjects.child",
    "runner.subjects.process.child",
    "runner.watching.session",
)
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from warm_workers import serve; serve()"


class WarmProcess:
    """One that has imported everything and is forked again and again."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            stdin=theirs,
            env={**os.environ, **worker._ONE_THREAD, "MPLBACKEND": "Agg"},
        )
        theirs.close()

    def ask(self, fds: tuple[int, ...] = (), **order: Any) -> int:
        """Have it do something: the answer is a number."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        text = json.dumps(order).encode()
        self._ours.sendmsg([len(text).to_bytes(4, "big")], rights)
        self._ours.sendall(text)
        return int.from_bytes(_exactly(self._ours, 4), "big", signed=True)

    def carry_out(self, words: Sequence[str], folder: Path, out: int, err: int, patience: float) -> int:
        """`python -m runner WORDS` in a folder, what it prints into two files; its exit code."""
        ended, end = os.pipe()
        environment = dict(os.environ)
        fds = (out, err, self._ours.fileno(), end)  # it has processes forked while nobody else asks for any
        pid = self.ask(
            fds, words=list(words), folder=str(folder), path=[str(folder), *sys.path], environment=environment
        )
        os.close(end)
        if not select.select([ended], [], [], patience)[0]:
            os.kill(pid, signal.SIGKILL)
        os.close(ended)
        return self.ask(wait=pid)

    def close(self) -> None:
        """It ends when nobody can ask any more."""
        self._ours.close()
        self._process.wait()


class _Forked:
    """What `Worker` asks of a `Popen`."""

    def __init__(self, warm: WarmProcess, pid: int) -> None:
        self._warm, self.pid = warm, pid
        self.returncode: int | None = None

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = self._warm.ask(wait=self.pid)
        return self.returncode


def serve() -> None:
    """Fork at each request, until nobody asks any more."""
    for module in _NEEDED:
        importlib.import_module(module)
    sys.dont_write_bytecode = True
    gc.freeze()
    asked = socket.socket(fileno=os.dup(0))
    while True:
        head, fds, _, _ = socket.recv_fds(asked, 4, 4)
        if not head:
            return
        order = json.loads(_exactly(asked, int.from_bytes(head, "big")))
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        else:
            answer = os.fork() or _become(asked, fds, order)
            for fd in fds:
                os.close(fd)
        asked.sendall(answer.to_bytes(4, "big", signed=True))


def _become(asked: socket.socket, fds: list[int], order: dict[str, Any]) -> int:
    """The new process, as `Worker` starts one."""
    try:
        asked.close()
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.path[:] = order["path"]
        if "words" in order:
            os._exit(_command(fds, order["words"]))
        importlib.import_module(order["module"]).main(*fds, order["limit"])
    finally:
        os._exit(1)


def _command(fds: list[int], words: list[str]) -> int:
    """Carry out a command as `python -m runner` does; the last of the files closes as the process ends."""
    from runner.__main__ import main

    out, err, ours, end = fds
    for fd, standard in ((out, 1), (err, 2)):
        os.dup2(fd, standard)
        os.close(fd)
    os.set_inheritable(ours, False)
    os.set_inheritable(end, False)
    warm = WarmProcess.__new__(WarmProcess)
    warm._ours = socket.socket(fileno=ours)
    have_forked(warm, setattr)
    sys.argv = ["runner", *words]
    try:
        return main()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()


def _exactly(asked: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = asked.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


@pytest.fixture(scope="session")
def warm_process() -> Iterator[WarmProcess]:
    """The process to be forked, started for the first test that wants one."""
    warm = WarmProcess()
    yield warm
    warm.close()


@pytest.fixture
def warm_workers(warm_process: WarmProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have somebody's code run in processes that need no second to start."""
    have_forked(warm_process, monkeypatch.setattr)


def have_forked(warm: WarmProcess, put: Callable[[object, str, object], None]) -> None:
    """Have the processes for somebody's code forked from a warm one; `put` sets an attribute."""

    class WarmWorker(worker.Worker):
        def __init__(self, module: str, limit: float) -> None:
            from_us, to_us = os.pipe(), os.pipe()
            mark = worker.new_mark()
            pid = warm.ask(
                (from_us[0], to_us[1]),
                module=module,
                limit=limit,
                folder=str(Path.cwd()),
                path=sys.path,
                environment={**os.environ, **worker._ONE_THREAD, **mark, "MPLBACKEND": "Agg"},
            )
            os.close(from_us[0])
            os.close(to_us[1])
            self._process = _Forked(warm, pid)  # type: ignore[assignment]
            self._requests, self._answers = from_us[1], to_us[0]
            self._ended = weakref.finalize(self, worker._end, self._process, *mark.values())

    for module in (conversation, asking):
        put(module, "Worker", WarmWorker)
