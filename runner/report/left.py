"""Everything that a run left, read once for all its plots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.explaining.explanation import Ending, ending_in
from runner.files.events import Event, NonfiniteEvent, first_of
from runner.files.finding import Finding
from runner.files.history import read_history
from runner.files.names import CHECKPOINTS, HISTORY
from runner.files.run_record import RunRecord
from runner.files.spool import Spool
from runner.files.summary import Summary
from runner.report.answered import Answered
from runner.report.replay import Replay
from runner.report.replayed import Replayed
from runner.training.setup import Setup

Column = NDArray[np.float64]


@dataclass(frozen=True)
class LeftRun:
    """A run as it can be drawn.

    `history` has its columns, NaN where nothing was measured. `replayed` gives its network and its data again, None
    where they can't be had: a script, data that are gone, weights that were never written. Somebody's own network is
    there with the answers that it gave at the end of its run: its code is not run again.
    """

    folder: Path
    record: RunRecord
    ending: Ending
    history: Mapping[str, Column]
    checkpoints: tuple[int, ...] = ()
    network: Callable[[], Replayed | None] = lambda: None

    @property
    def steps(self) -> Column:
        """The step of each row."""
        return self.history["step"]

    def column(self, name: str) -> Column | None:
        """A column of the history that holds any number, else None."""
        values = self.history.get(name)
        return None if values is None or not np.isfinite(values).any() else values

    def columns(self, prefix: str) -> dict[str, Column]:
        """The columns `prefix/...` that hold any number, by what comes after the prefix."""
        names = [name for name in self.history if name.startswith(f"{prefix}/")]
        return {name.partition("/")[2]: self.history[name] for name in names if self.column(name) is not None}

    @cached_property
    def replayed(self) -> Replayed | None:
        """The network and its data again."""
        return self.network()

    @property
    def summary(self) -> Summary:
        """How it ended."""
        return self.ending.summary

    @property
    def events(self) -> Sequence[Event]:
        """What happened while it went on."""
        return self.ending.events

    @property
    def findings(self) -> Sequence[Finding]:
        """Why it broke."""
        return self.ending.findings

    @property
    def broke(self) -> NonfiniteEvent | None:
        """The first value that was not finite."""
        return first_of(self.events, NonfiniteEvent)


def read_run(folder: Path, record: RunRecord, *, own: bool = True, setup: Setup | None = None) -> LeftRun:
    """The run in a folder, which may still be running, or may have been cut off.

    Its data are loaded again only where the folder is one's `own`, or with a `setup` that has them: paths in the files
    of others are not followed. Raises `UserError` where a file is damaged.
    """
    ending = ending_in(folder, record)
    history = _history(folder, record)
    kept = sorted(int(path.stem.removeprefix("step_")) for path in (folder / CHECKPOINTS).glob("step_*.npz"))
    return LeftRun(
        folder,
        record,
        ending,
        history,
        tuple(kept),
        (lambda: _network(folder, record, setup)) if own or setup is not None else lambda: None,
    )


def _network(folder: Path, record: RunRecord, setup: Setup | None) -> Replayed | None:
    if record.subject is not None:
        return Answered.of(folder, record, None if setup is None else setup.dataset)
    return Replay.of(folder, record, setup)


def _history(folder: Path, record: RunRecord) -> Mapping[str, Column]:
    """The table of a run that has ended, else the rows that it has written so far."""
    if (folder / HISTORY).is_file():
        return read_history(folder / HISTORY)
    spool = Spool(folder, record.columns)
    rows = spool.rows(0, len(spool))
    return {name: rows[:, k] for k, name in enumerate(record.columns)}
