"""The end of a process in which somebody's code runs: with all that it has started, and with the one that asks it.

All that it starts inherits a mark in its environment, and is found by that where it has left the group of processes.
"""

from __future__ import annotations

import _thread
import os
import secrets
import select
import signal
import time
from contextlib import suppress
from pathlib import Path

_MARK = "WHYNAN_SUBJECT"
# How often it is looked whether who asks is still there, beside the pipe, which tells at once; milliseconds.
_EVERY = 1000
# How often processes that start others meanwhile are looked for.
_TIMES = 50


def new_mark() -> dict[str, str]:
    """The variable of the environment by which a process, and all that it starts, is found."""
    return {_MARK: secrets.token_hex(8)}


def end_all(group: int, mark: str) -> None:
    """End a group of processes, and those outside of it that have the mark."""
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses where all of it has ended
        os.killpg(group, signal.SIGKILL)
    _end_marked(mark)


def end_with_parent(requests: int) -> None:
    """From now on this process ends, with all that it has started, when nobody is there any more to ask it.

    A thread waits for the other end of the pipe to be closed. It is none of the `threading` that their code sees.
    """
    _thread.start_new_thread(_watch, (requests, os.getppid()))


def _watch(requests: int, parent: int) -> None:
    poll = select.poll()
    poll.register(requests, 0)  # that it is closed is always told
    while os.getppid() == parent and not poll.poll(_EVERY):
        pass
    _end_marked(os.environ.get(_MARK, ""))
    os.killpg(os.getpid(), signal.SIGKILL)


def _end_marked(mark: str) -> None:
    """End the processes with the mark, but for this one, where the system tells environments."""
    for _ in range(_TIMES):
        found = [pid for pid in _processes() if mark and pid != os.getpid() and _has(pid, mark)]
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _processes() -> list[int]:
    with suppress(OSError):
        return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    return []


def _has(pid: int, mark: str) -> bool:
    try:
        return f"{_MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # another user's, or it has ended
        return False
