"""Ctrl-C and SIGTERM while training: finish the step, keep everything, then end.

Raising in the middle of a step was rejected: an update that is half done would be saved as if it were whole.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """`signal` is the number of the signal that came, 0 before one does."""

    signal: int = 0


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Note the first SIGINT or SIGTERM instead of dying of it; a second one raises KeyboardInterrupt.

    In a thread other than the main one, where no handler can be set, nothing is changed.
    """
    seen = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return

    def note(number: int, frame: FrameType | None) -> None:
        if seen.signal:
            raise KeyboardInterrupt
        seen.signal = number

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
