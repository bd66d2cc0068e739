"""The rows of the history of a watched script: their columns, and blocks of them that are passed on together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from runner.files.history import Rows, nulls
from runner.recording.watching.flatness import share_of
from runner.recording.watching.step import WatchedStep

_BLOCK, _PAUSE = 256, 0.5  # rows, or seconds, after which rows are passed on


def columns_of(step: WatchedStep | None, layers: bool = True) -> tuple[str, ...]:
    """The columns of the history of a watched script."""
    names = [one.name for one in step.parameters] if step is not None and layers else []
    return (
        "step",
        "loss",
        "grad_norm",
        *(f"{kind}/{name}" for kind in ("grad_norm", "update_ratio") for name in names),
        *(f"{share_of(one.kind)}/{one.name}" for one in (step.activations if step is not None and layers else ())),
    )


class Block:
    """Rows of so many columns that wait to be passed on to `sink` together."""

    def __init__(self, sink: Callable[[Rows], None], columns: int) -> None:
        self._sink, self._columns = sink, columns
        self._rows: list[Sequence[float]] = []
        self._sent = time.monotonic()

    def add(self, row: Sequence[float]) -> None:
        """Keep one more row."""
        self._rows.append(row)

    def pass_on_if_due(self) -> None:
        """Pass the rows on where they are many, or the last ones were passed on a while ago."""
        if len(self._rows) >= _BLOCK or time.monotonic() - self._sent > _PAUSE:
            self.pass_on()

    def pass_on(self) -> None:
        """Pass on the rows that wait, if there are any."""
        self._sent = time.monotonic()
        if self._rows:
            rows = nulls(len(self._rows), self._columns)
            for place, row in enumerate(self._rows):
                rows[place] = row
            self._rows = []
            self._sink(rows)
