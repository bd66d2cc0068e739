"""SIGTERM ends a command the way Ctrl-C does: whatever has been started is ended, too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(KeyboardInterrupt):
    """SIGTERM, handled like Ctrl-C but for the exit code."""


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the process the way Ctrl-C does (training sees to it by itself while it lasts)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
