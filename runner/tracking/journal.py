"""What is known of a run's way to its store, kept in its folder: what makes a delivery happen exactly once.

Whatever a repetition would double is written down, and on the disk, before it is sent: that a run is about to be
created, which rows a batch of points is made of and at what time they were seen. Points follow from the rows and these
times alone, so a process that takes over sends the last batch again as the same rows of the same table, which a store
keeps once; all batches before it have arrived.
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
from runner.tracking.store import Store, redact

# The others can be found out again: they save work after a power loss, and are there after a mere kill -9.
_BEFORE_SENDING = {"creating", "anchor", "ending", "reopened"}


@dataclass
class DeliveryState:
    """The state that the entries of a journal add up to.

    `anchors` are pairs of a number of rows and the time in milliseconds at which the last of them was seen; `extra` are
    the points that ends have added, as [step, value] by metric. `ending` and `added` are the time and the extra points
    of the end under way, `reopened` says that the run goes on after an end.
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
    delivered: bool = False

    def learn(self, entry: Mapping[str, Any]) -> None:
        """Take in the next entry."""
        if "anchor" in entry:
            rows, time = entry["anchor"]
            if not self.anchors or self.anchors[-1][0] != rows:  # else written again, when it wasn't sure of the disk
                self.anchors.append((int(rows), int(time)))
            return
        if entry.get("reopened"):
            for name, points in self.added.items():
                self.extra.setdefault(name, []).extend(points)
            self.ending, self.added, self.delivered = None, {}, False
        for name, value in entry.items():
            setattr(self, name, value)


class Journal:
    """The journal of one run folder; only who holds its lock may write, but for the first entry."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL
        self._lock = FileLock(folder / DELIVERY_LOCK, blocking=False)
        self.known = read(folder)

    def lock(self) -> bool:
        """Become the one process that delivers this run, until `release` or the process's end; False: another is."""
        if not self._lock.is_locked:
            try:
                self._lock.acquire()
            except Timeout:
                return False
            self.known = read(self._path.parents[1])
            self._cut_torn_line()
        return True

    def release(self) -> None:
        """Let others deliver."""
        self._lock.release()

    def write(self, **entry: Any) -> None:
        """Add an entry; what must be known before something is sent is on the disk when this returns."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            if _BEFORE_SENDING & set(entry):
                os.fsync(file.fileno())
        self.known.learn(entry)

    def _cut_torn_line(self) -> None:
        with contextlib.suppress(FileNotFoundError), self._path.open("r+b") as file:
            whole = _whole_lines(file.read())
            file.truncate(sum(map(len, whole)))


def open_journal(folder: Path, store: Store) -> None:
    """Note, before anything is delivered, that the run in `folder` belongs to `store`; without its password."""
    entry = {"uri": store.shown, "experiment": store.experiment, "artifacts": store.artifacts}
    with (folder / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def read(folder: Path) -> DeliveryState:
    """What the journal of a run folder says; a last line that a crash cut off counts for nothing."""
    known = DeliveryState()
    with contextlib.suppress(FileNotFoundError):
        for line in _whole_lines((folder / JOURNAL).read_bytes()):
            known.learn(json.loads(line))
    return known


def _whole_lines(text: bytes) -> list[bytes]:
    """The lines up to the first that isn't JSON: after a power loss a file may end in anything."""
    whole = []
    for line in text.splitlines(keepends=True):
        if whole_line(line) is None:
            break
        whole.append(line)
    return whole


def belongs(known: DeliveryState, store: Store) -> bool:
    """Whether a run is on its way to `store`, whatever the experiment."""
    return known.uri is not None and known.uri == redact(store.uri)
