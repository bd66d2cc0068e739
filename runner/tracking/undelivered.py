"""Runs that ended or vanished before they were delivered completely: finding and delivering them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from runner.errors import UserError
from runner.files.names import JOURNAL, SUMMARY, WRITER_LOG
from runner.redaction import Redacted, revealed
from runner.tracking.folders import deliverable_folders
from runner.tracking.journal import DeliveryState, Journal, belongs, read
from runner.tracking.messages import Report
from runner.tracking.register import registered, strike
from runner.tracking.store import Store
from runner.tracking.sweep_track import tracked
from runner.tracking.vanished import process_state

_DELIVERED = b'"delivered": true'
_TAIL = 64  # bytes; the last entry of a delivered run's journal is shorter
_LOOK_AGAIN = 0.2  # seconds

Condition = Literal["delivered", "deleted", "untracked", "elsewhere", "running", "busy", "vanished", "ended"]


@dataclass(frozen=True)
class Undelivered:
    """A run folder that is not completely delivered, and its store; `vanished`: its process ended without a summary."""

    folder: Path
    store: Store
    vanished: bool


def condition(folder: Path, store: Store) -> Condition:
    """The state of the delivery of `folder` to `store`.

    "vanished" and "ended" runs can be delivered now; "deleted" ones were deleted in the store; "untracked" runs belong
    to no store, "elsewhere" to another one, "busy" runs are being delivered by another process.
    """
    if _says_delivered(folder):
        return "delivered"
    known = read(folder)
    if known.deleted:
        return "deleted"
    if known.uri is None:
        return "untracked"
    if not belongs(known, store):
        return "elsewhere"
    ended = (folder / SUMMARY).exists()
    if not ended and process_state(folder) != "gone":
        return "running"
    if not _free(folder):
        return "busy"
    return "ended" if ended else "vanished"


def undelivered(store: Store) -> Iterator[Undelivered]:
    """The runs that can be delivered to `store` now, of those that are registered as under way to it."""
    for folder in registered(store):
        found = condition(folder, store)
        if found in ("ended", "vanished"):
            try:
                meant = store_of(read(folder), store)
            except UserError:  # a variable isn't set: the run waits for a command that has it
                continue
            yield Undelivered(folder, meant, found == "vanished")
        elif found in ("delivered", "deleted", "elsewhere"):
            strike(folder, store)


def candidates(store: Store, outputs: Path) -> list[Path]:
    """The folders that may hold what `store` lacks: those below `outputs`, and all that are registered."""
    below = list(deliverable_folders(outputs))
    there = {folder.resolve() for folder in below}
    return below + [folder for folder in registered(store) if folder.resolve() not in there]


def store_of(known: DeliveryState, store: Store) -> Store:
    """The journal's experiment in `store`, whose password the journal doesn't have."""
    try:
        experiment = revealed(known.experiment)
    except KeyError as error:
        raise UserError(f"the run's experiment is named by the environment: {error.args[0]}") from error
    return replace(store, experiment=experiment, artifacts=known.artifacts, experiment_shown=known.experiment)


def deliver(leftover: Undelivered, answer: Report, patience: float) -> None:
    """Deliver in this process, for at most `patience` seconds while the store fails."""
    track = tracked(leftover.folder.absolute(), leftover.store, answer)
    track.abandoned = True
    deadline = time.monotonic() + patience
    # What MLflow prints, and the tracebacks of what is retried, go to a log for debugging.
    with (leftover.folder / WRITER_LOG).open("a", encoding="utf-8") as log, redirect_stderr(Redacted(log)):
        while not track.done and time.monotonic() < deadline:
            track.pump()
            if not track.done:
                time.sleep(_LOOK_AGAIN)
    if not track.done:
        track.give_up()


def _says_delivered(folder: Path) -> bool:
    try:
        with (folder / JOURNAL).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            return _DELIVERED in file.read()
    except FileNotFoundError:
        return False


def _free(folder: Path) -> bool:
    journal = Journal(folder)
    free = journal.lock()
    journal.release()
    return free
