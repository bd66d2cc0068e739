"""A process of its own in which somebody's code runs: started, asked, given up when it is late, ended as a whole."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from runner.subjects.process.ending import end_all, new_mark
from runner.subjects.process.frames import Ended, Header, Message, TooLate, receive, send

_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LONGEST = 4
_SIGNALS = {
    signal.SIGSEGV: "crashed (segmentation fault)",
    signal.SIGKILL: "was killed (is there enough memory?)",
    signal.SIGABRT: "aborted",
    signal.SIGALRM: "did not answer in time",
    signal.SIGXCPU: "did not answer in time",
}


class WorkerEnded(Exception):  # noqa: N818 - who asked says what it means
    """The process ended in place of answering. Its text is a verb and what follows: "crashed (segmentation fault)"."""


class Worker:
    """A process that runs `main(requests, answers, limit)` of a module and answers messages."""

    def __init__(self, module: str, limit: float) -> None:
        # Our own modules may be compiled once for all, theirs leave nothing beside their files.
        start = (
            f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; "
            "from runner.subjects.process.ending import end_with_parent; end_with_parent(int(sys.argv[2])); "
            "sys.dont_write_bytecode = True; main(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))"
        )
        from_us, to_us = os.pipe(), os.pipe()
        command = [sys.executable, "-c", start, json.dumps(sys.path), str(from_us[0]), str(to_us[1])]
        mark = new_mark()
        self._process = subprocess.Popen(
            [*command, str(limit)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(from_us[0], to_us[1]),
            env={**os.environ, **_ONE_THREAD, **mark, "MPLBACKEND": "Agg"},
            start_new_session=True,
        )
        os.close(from_us[0])
        os.close(to_us[1])
        self._requests, self._answers = from_us[1], to_us[0]
        self._ended = weakref.finalize(self, _end, self._process, *mark.values())  # where nobody closes it any more

    def send(self, header: Header, arrays: Sequence[NDArray[Any]] = ()) -> None:
        """Ask for something; `WorkerEnded` where nobody is there any more."""
        try:
            send(self._requests, header, arrays)
        except BrokenPipeError:
            raise WorkerEnded(self._how()) from None

    def answer(self, patience: float, *, of_work: bool = False) -> Message:
        """What it answers within so many seconds; raises `TooLate` or `WorkerEnded`, and is closed then.

        With `of_work` these are seconds of its processor's time where the system tells that: what is found then does
        not depend on how busy a machine is. It gets `LONGEST` times as many by the clock at most.
        """
        try:
            if of_work:
                self._wait_for_work(patience)
            return receive(self._answers, time.monotonic() + patience)
        except TooLate:
            self.close()
            raise
        except Ended:
            raise WorkerEnded(self._how()) from None

    def _wait_for_work(self, patience: float) -> None:
        """Until it answers, or has worked for so many seconds."""
        begun, last = _worked(self._process.pid), time.monotonic() + LONGEST * patience
        left = patience
        while left > 0 and not select.select([self._answers], [], [], left)[0]:
            now = _worked(self._process.pid)
            if begun is None or now is None:
                raise TooLate
            left = min(patience - (now - begun), last - time.monotonic())
            if left <= 0:
                raise TooLate

    def close(self) -> None:
        """End the process, and all that it has started."""
        if not self._ended.alive:
            return
        self._ended()
        os.close(self._requests)
        os.close(self._answers)

    def _how(self) -> str:
        """How the process ended."""
        if not self._ended.alive:
            return "ended the process"
        code = self._process.wait()
        self.close()
        if code < 0:
            return _SIGNALS.get(signal.Signals(-code), f"was ended by {signal.Signals(-code).name}")
        return f"ended the process (exit code {code})"


def _worked(pid: int) -> float | None:
    """The processor's time that a process has taken, in seconds; None where the system doesn't tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """End a process, and all that it has started."""
    end_all(process.pid, mark)
    process.wait()
