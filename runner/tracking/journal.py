"""The journal of a run's delivery, kept in its folder, so that everything is delivered exactly once.

What must not be repeated is written to the disk before it is sent: that a run is about to be created, which rows a
batch of points comes from, and when they were seen. Points depend only on the rows and these times, so a process that
takes over sends the last batch again with the same values, which a store keeps once. All earlier batches have arrived.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from runner.files.json_files import whole_line
from runner.files.names import DELIVERY_LOCK, JOURNAL
from runner.redaction import redacted_address
from runner.tracking.register import register
from runner.tracking.store import Store

# Other entries can be recovered: they only save work after a power loss, and survive kill -9.
_BEFORE_SENDING = {"creating", "anchor", "ending", "reopened"}


@dataclass
class DeliveryState:
    """The state of a delivery, from the entries of its journal.

    `anchors` are pairs of a number of rows and the time in milliseconds at which the last of them was seen. `extra` are
    the points added at earlier ends, as [step, value] by metric; `ending` and `added` are the time and the added points
    of the current end; `reopened` says that the run was resumed after an end, `deleted` that somebody has deleted it in
    the store: nothing more is sent.
    """

    uri: str | None = None
    experiment: str = ""
    artifacts: str = ""
    creating: bool = False
    run_id: str | None = None
    described: bool = False
    anchors: list[tuple[int, int]] = field(default_factory=list)
    extra: dict[str, list[list[float]]] = field(default_factory=dict)
    ending: int | None = None
    added: dict[str, list[list[float]]] = field(default_factory=dict)
    model_id: str | None = None
    reopened: bool = False
    deleted: bool = False
    delivered: bool = False

    def apply(self, entry: Mapping[str, Any]) -> None:
        """Apply the next entry."""
        if "anchor" in entry:
            rows, time = entry["anchor"]
            if (
                not self.anchors or self.anchors[-1][0] != rows
            ):  # else it was written again because it might not have reached the disk
                self.anchors.append((int(rows), int(time)))
            return
        if entry.get("reopened"):
            for name, points in self.added.items():
                self.extra.setdefault(name, []).extend(points)
            self.ending, self.added, self.delivered = None, {}, False
        for name, value in entry.items():
            setattr(self, name, value)


class Journal:
    """The journal of one run folder; except for the first entry, only the process that holds its lock may write."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL
        self._lock = FileLock(folder / DELIVERY_LOCK, blocking=False)
        self.known = read(folder)

    def lock(self) -> bool:
        """Become the only process that delivers this run, until `release` or its end; False if another process is."""
        if not self._lock.is_locked:
            try:
                self._lock.acquire()
            except Timeout:
                return False
            self.known = read(self._path.parents[1])
            self._cut_torn_line()
        return True

    def release(self) -> None:
        """Let other processes deliver the run."""
        self._lock.release()

    def write(self, **entry: Any) -> None:
        """Add an entry; entries that must precede a request are on the disk when this returns."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            if _BEFORE_SENDING & set(entry):
                os.fsync(file.fileno())
        self.known.apply(entry)

    def _cut_torn_line(self) -> None:
        with contextlib.suppress(FileNotFoundError), self._path.open("r+b") as file:
            whole = _whole_lines(file.read())
            file.truncate(sum(map(len, whole)))


def open_journal(folder: Path, store: Store) -> None:
    """Record, before anything is delivered, that the run in `folder` belongs to `store`; without its password."""
    register(folder, store)
    entry = {"uri": store.shown, "experiment": store.experiment_shown, "artifacts": store.artifacts}
    with (folder / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> DeliveryState:
    """The state that the journal of a run folder records; a last line that a crash cut off is ignored."""
    known = DeliveryState()
    with contextlib.suppress(FileNotFoundError):
        for line in _whole_lines((folder / JOURNAL).read_bytes()):
            known.apply(json.loads(line))
    return known


def _whole_lines(text: bytes) -> list[bytes]:
    """The lines up to the first that is incomplete: after a power loss a file may end in anything."""
    whole = []
    for line in text.splitlines(keepends=True):
        if whole_line(line) is None:
            break
        whole.append(line)
    return whole


def belongs(known: DeliveryState, store: Store) -> bool:
    """Whether a run is delivered to `store`, in whatever experiment."""
    return known.uri is not None and redacted_address(known.uri) == store.shown
