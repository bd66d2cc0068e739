"""Reading a run folder while it is being written.

Training only ever appends whole rows and whole lines; a reader may still catch the last one half written, and
a crash may leave it so for ever. Both readers here therefore hand out what is complete and leave the rest for
the next time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.events import Event, event_of

Rows = NDArray[np.float64]

_ABSENT = (FileNotFoundError, NotADirectoryError)


def read_json(path: Path) -> Any | None:
    """What a JSON file says, or None where it doesn't exist (yet) or isn't whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (*_ABSENT, json.JSONDecodeError):
        return None


class Spool:
    """The growing files of one run folder; each event is read once, rows as often as wanted."""

    def __init__(self, folder: Path, columns: list[str]) -> None:
        self.folder = folder
        self.columns = columns
        self._events_read = 0

    @property
    def history(self) -> Path:
        """The file of the rows."""
        return self.folder / "spool" / "history.f64"

    def __len__(self) -> int:
        """How many rows are complete."""
        try:
            return self.history.stat().st_size // (len(self.columns) * 8)
        except FileNotFoundError:
            return 0

    def rows(self, start: int, end: int) -> Rows:
        """The rows from the `start`-th to before the `end`-th as far as they are complete, shape (rows, columns)."""
        width, count = len(self.columns), min(end, len(self)) - start
        if count <= 0:
            return np.empty((0, width))
        with self.history.open("rb") as file:
            file.seek(start * width * 8)
            return np.fromfile(file, dtype=np.float64, count=count * width).reshape(count, width)

    def new_events(self) -> list[Event]:
        """The complete events since the last call."""
        try:
            with (self.folder / "events.jsonl").open("rb") as file:
                file.seek(self._events_read)
                text = file.read()
        except _ABSENT:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._events_read += len(whole)
        return [event_of(json.loads(line)) for line in whole.splitlines() if line.strip()]

    def summary(self) -> dict[str, Any] | None:
        """How the run ended; None while it runs."""
        return read_json(self.folder / "summary.json")
