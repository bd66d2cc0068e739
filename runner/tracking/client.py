"""Tracking as the training process sees it: starts the writer process, sends it run folders, receives its reports.

Starting takes a few milliseconds, and nothing here waits unless asked to, since training must not. Whatever happens to
the writer or the store, the run continues: its folder holds everything.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import runner
from runner.files.names import WRITER_LOG
from runner.tracking.journal import open_journal
from runner.tracking.messages import Answer, Order
from runner.tracking.store import Store

WRITER = "runner.tracking.writer"
_PATIENCE_TO_SPEAK = 0.3  # seconds of waiting before the user is shown a message
_PATIENCE_WITH_TROUBLE = 2.0  # seconds that a store may fail during a run before that is shown: most failures are brief
_PATIENCE_WITH_ERRORS = 10.0  # seconds that the end of a run waits for a store that fails
_WRITER_GONE = "the process that writes to MLflow has ended"


@dataclass
class Delivered:
    """What is known about the delivery of a run to MLflow; `delivered` is None while it is under way.

    For a sweep, `children` is how many of its runs have arrived.
    `failing_since` is the time on the monotonic clock since which the store has failed.
    """

    run_id: str | None = None
    delivered: bool | None = None
    error: str | None = None
    children: int = 0
    failing_since: float | None = field(default=None, compare=False)


class Tracker:
    """Delivers run folders to one store, with one writer process for all of them, which runs the module `writer`."""

    def __init__(self, store: Store, writer: str = WRITER) -> None:
        self.store = store
        self._module = writer
        self._writer: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._runs: dict[str, Delivered] = {}
        self._changed = threading.Condition()

    def start(self, folder: Path) -> None:
        """Deliver the run in `folder` to the store from now on."""
        key = str(folder.absolute())
        try:
            open_journal(folder, self.store)
            self._ensure_writer(folder)
        except OSError as error:  # too many processes or a full disk: training goes on all the same
            self._runs[key] = Delivered(delivered=False, error=f"no process to write to MLflow: {error.strerror}")
            return
        self._runs[key] = Delivered()
        self._send({"track": key, "store": self.store.to_dict()})

    def run_id(self, timeout: float, folder: Path | None = None) -> str | None:
        """The MLflow run of `folder` (default: the last one started); None if there is none in `timeout` seconds."""
        run = self._runs[str(folder.absolute())] if folder else next(reversed(self._runs.values()))
        with self._changed:
            self._changed.wait_for(lambda: run.run_id or run.error, timeout)
        return run.run_id

    def trouble(self, folder: Path) -> str | None:
        """The error of the store if it has failed for some seconds while the run trains; None if it works."""
        run = self._runs[str(folder.absolute())]
        with self._changed:
            since = run.failing_since
            lasts = since is not None and time.monotonic() - since > _PATIENCE_WITH_TROUBLE
            return run.error if lasts and run.delivered is None else None

    def finish(self, folder: Path, timeout: float, waiting: Callable[[], object] | None = None) -> Delivered:
        """Wait at most `timeout` seconds until the whole run is in the store; its summary must be written.

        `waiting` is called once if that takes noticeably long.
        """
        key = str(folder.absolute())
        run = self._runs[key]
        self._send({"finish": key})
        now = time.monotonic()
        with self._changed:
            if not self._changed.wait_for(lambda: run.delivered is not None, min(timeout, _PATIENCE_TO_SPEAK)):
                if waiting is not None:
                    waiting()
                # A slow store gets its time; a failing one is left to the writer and to `sync`.
                while run.delivered is None and time.monotonic() < now + (
                    min(timeout, _PATIENCE_WITH_ERRORS) if run.error else timeout
                ):
                    self._changed.wait(_PATIENCE_TO_SPEAK)
        return run

    def close(self) -> None:
        """Start no more runs; the writer still delivers those under way."""
        if self._writer is not None and self._writer.stdin is not None:
            _ignore_broken_pipe(self._writer.stdin.close)

    def _ensure_writer(self, folder: Path) -> None:
        if self._writer is not None and self._listener is not None:
            if self._writer.poll() is None:
                return
            self.close()
            self._listener.join()  # it reports the runs of the writer that died
        self._writer = _spawn(folder, self._module)
        self._listener = threading.Thread(target=self._listen, args=(self._writer,), daemon=True)
        self._listener.start()

    def _send(self, order: Order) -> None:
        stdin = self._writer.stdin if self._writer else None
        if stdin is not None and not stdin.closed:
            _ignore_broken_pipe(lambda: print(json.dumps(order), file=stdin, flush=True))

    def _listen(self, writer: subprocess.Popen[str]) -> None:
        assert writer.stdout is not None
        with writer.stdout:
            for line in writer.stdout:
                self._receive(json.loads(line))
        writer.wait()
        with self._changed:
            for run in self._runs.values():
                if run.delivered is None:
                    run.delivered, run.error = False, run.error or _WRITER_GONE
            self._changed.notify_all()

    def _receive(self, answer: Answer) -> None:
        with self._changed:
            run = self._runs[answer.pop("folder")]
            for name, value in answer.items():
                setattr(run, name, value)
            if "error" in answer:
                run.failing_since = (run.failing_since or time.monotonic()) if run.error else None
            self._changed.notify_all()


def _ignore_broken_pipe(action: Callable[[], object]) -> None:
    # The writer may have died; that is reported where its answers are read.
    with contextlib.suppress(BrokenPipeError):
        action()


def _spawn(folder: Path, module: str) -> subprocess.Popen[str]:
    log = folder / WRITER_LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        return subprocess.Popen(
            # -P: a folder named `runner` in the working folder must not shadow this package.
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(),
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C in the terminal must reach the training alone
        )


def _environment() -> dict[str, str]:
    home = str(Path(runner.__path__[0]).parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    # One thread is enough for thinning curves; a pool would take cores from the training.
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
