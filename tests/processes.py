"""Other processes, as tests look at them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

_FORKED = "multiprocessing.forkserver"


def wait_until(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for something to become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to it"
        time.sleep(0.02)


def children_of(process: int) -> list[int]:
    """The processes that a process has started, and those that these have, as Linux tells."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        child = int(path.name)
        if _parent(child) == process:
            found += [child, *children_of(child)]
    return found


def workers_of(process: int) -> list[int]:
    """The processes that train: those that the fork server has forked."""
    return [
        child for child in children_of(process) if _FORKED in _command(child) and _FORKED in _command(_parent(child))
    ]


def lives(process: int) -> bool:
    """Whether a process is there and has not ended."""
    state = _stat(process)
    return bool(state) and state[0] not in "ZX"


def _parent(process: int) -> int:
    state = _stat(process)
    return int(state[1]) if state else 0


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode()
    except OSError:
        return ""
