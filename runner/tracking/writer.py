"""The process that delivers runs to MLflow: `python -m runner.tracking.writer`, started by `client.Tracker`.

A process and not a thread: importing MLflow holds the interpreter lock for a second, and every batch for 70 ms, which
would slow training down. Orders are JSON lines on standard input, answers JSON lines on
standard output (see `messages`).

It ends when its input is closed and everything is delivered. A run that has no summary by then has lost its process.
In between it delivers what earlier runs with the same store have left (see `undelivered`).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from runner.files.names import HEARTBEAT
from runner.redaction import Redacted
from runner.tracking.messages import Answer, Order, Report
from runner.tracking.purpose import Purpose
from runner.tracking.store import Store
from runner.tracking.sweep_track import AnyTrack, tracked
from runner.tracking.undelivered import undelivered

_INTERVAL = 0.5  # seconds between looks at the folders
_HEARTBEAT = 10.0  # seconds between heartbeats of the process that trains
NICENESS = 10  # training has priority where there are few cores


def serve(
    orders: TextIO,
    answers: TextIO,
    page: Callable[[Path], object] | None = None,
    purpose: Purpose | None = None,
) -> None:
    """Deliver runs until `orders` ends and all are delivered, and in between what earlier runs have left.

    `page` writes the page of a run into its folder; it is called, and the page sent, when nothing else is to be done.
    `purpose` notes what gets done.
    """
    purpose = purpose or Purpose()
    inbox: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(orders, inbox), daemon=True).start()
    tracks: dict[str, AnyTrack] = {}
    others: Iterator[AnyTrack] | None = None
    other: AnyTrack | None = None
    pageless: deque[AnyTrack] = deque()
    store: Store | None = None
    closed, beat = False, -_HEARTBEAT
    while not closed or tracks or other or pageless:
        ready = bool(pageless) and not tracks
        for order in _waiting(inbox, _INTERVAL if (other is None or other.rests) and not ready else 0.0):
            if order is None:
                closed = True
                purpose.left_alone()
            elif "track" in order:
                folder, store = order["track"], Store(**order["store"])
                tracks[folder] = tracked(Path(folder), store, _answerer(answers, folder))
                tracks[folder].progressed = purpose.served
            elif order["finish"] in tracks:
                tracks[order["finish"]].hurry()
        for folder, track in list(tracks.items()):
            track.abandoned = closed
            track.pump()
            if track.done:
                pageless.append(tracks.pop(folder))
                purpose.served()
            _collect_garbage_again()
        if not closed and time.monotonic() - beat > _HEARTBEAT:
            beat = time.monotonic()
            for folder in tracks:
                _touch(Path(folder))
        if pageless and not tracks:
            track = pageless.popleft()
            if page is not None:
                track.leave_page(page)
                purpose.served()
            continue
        if others is None and store is not None and (closed or any(track.is_under_way for track in tracks.values())):
            others = _left_over(store)
        if other is None and others is not None:
            other = next(others, None)
        if other is not None:
            other.progressed = purpose.served
            other.pump()
            if other.done:
                pageless.append(other)
                # Where the store didn't take one, it won't take the next.
                others = others if other.delivered else iter(())
                other = None


def _collect_garbage_again() -> None:
    """Enable the garbage collector once MLflow is imported, without the million objects that it has made."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _left_over(store: Store) -> Iterator[AnyTrack]:
    """What earlier runs have left for this store, one after the other."""
    for leftover in undelivered(store):
        track = tracked(leftover.folder, leftover.store, lambda _: None)
        track.abandoned = True
        yield track


def _touch(folder: Path) -> None:
    with contextlib.suppress(OSError):
        (folder / HEARTBEAT).touch()


def _read(orders: TextIO, inbox: queue.SimpleQueue[Order | None]) -> None:
    for line in orders:
        inbox.put(json.loads(line))
    inbox.put(None)


def _waiting(inbox: queue.SimpleQueue[Order | None], patience: float) -> list[Order | None]:
    """All orders received so far, waiting up to `patience` seconds for the first."""
    orders: list[Order | None] = []
    with contextlib.suppress(queue.Empty):
        orders.append(inbox.get(timeout=patience))
        while True:
            orders.append(inbox.get_nowait())
    return orders


def _answerer(answers: TextIO, folder: str) -> Report:
    def answer(message: Answer) -> None:
        # The process that asked may be gone; its run is delivered all the same.
        with contextlib.suppress(BrokenPipeError):
            answers.write(json.dumps({"folder": folder, **message}) + "\n")
            answers.flush()

    return answer


def main(page: Callable[[Path], object] | None = None) -> None:
    """Run as the child process of a training process; `page` as in `serve`."""
    # Ctrl-C is handled by the training; what it saves then still has to be delivered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    # Importing MLflow makes a million objects and no garbage; collecting takes a fifth of the time.
    gc.disable()
    # MLflow prints to standard output now and then, which belongs to the answers.
    answers = sys.stdout
    sys.stdout = sys.stderr = Redacted(sys.stderr)
    purpose = Purpose()
    purpose.end_without()
    serve(sys.stdin, answers, page, purpose)


if __name__ == "__main__":
    main()
