"""The end of a writer that has no purpose any more: nobody speaks to it, and for minutes nothing has got done.

A store can hold it for ever: a lock that another process never gives up, a server that takes a request and is silent.
What it hasn't sent stands in the folders, and the journals let any other process go on.
"""

from __future__ import annotations

import os
import sys
import threading
import time

_LIMIT = 300.0  # seconds
_LOOK_AGAIN = 1.0


class Purpose:
    """Note with `served` that something has got done, with `left_alone` that nobody speaks to the process any more."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._alone = False

    def served(self) -> None:
        """Something has got done."""
        self._last = time.monotonic()

    def left_alone(self) -> None:
        """Nobody is there any more to give an order or to hear an answer."""
        if not self._alone:
            self._alone = True
            self.served()

    def end_without(self, limit: float = _LIMIT) -> None:
        """End the process, from a thread of its own, once it is alone and nothing has got done for so many seconds."""
        threading.Thread(target=self._watch, args=(limit,), daemon=True).start()

    def _watch(self, limit: float) -> None:
        while not self._alone or time.monotonic() - self._last < limit:
            time.sleep(min(_LOOK_AGAIN, limit))
        sys.stderr.write(f"nothing got done for {limit:g} seconds, and nobody waits: the rest is left to `sync`\n")
        sys.stderr.flush()
        os._exit(1)  # the thread that delivers may never come back
