"""Reading the folder of a running run: complete rows and events now, the rest at the next call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from runner.files.events import Event, event_of
from runner.files.history import Rows
from runner.files.json_files import LineReader
from runner.files.names import EVENTS, SPOOLED_HISTORY


class Spool:
    """The growing files of one run folder; each event is given once, rows any number of times."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._history = folder / SPOOLED_HISTORY
        self._width = len(columns)
        self._events = LineReader(folder / EVENTS)

    def __len__(self) -> int:
        """How many rows are complete."""
        try:
            return self._history.stat().st_size // (self._width * 8)
        except FileNotFoundError:
            return 0

    def rows(self, start: int, end: int) -> Rows:
        """The rows from the `start`-th to before the `end`-th as far as they are complete, shape (rows, columns)."""
        width, count = self._width, min(end, len(self)) - start
        if count <= 0:
            return np.empty((0, width))
        with self._history.open("rb") as file:
            file.seek(start * width * 8)
            return np.fromfile(file, dtype=np.float64, count=count * width).reshape(count, width)

    def new_events(self) -> list[Event]:
        """The complete events since the last call."""
        return [event_of(line) for line in self._events.new_lines()]
