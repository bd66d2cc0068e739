"""The folder of a run, as the run writes it.

What must not be lost is appended as it happens. What is written at the end is either whole or absent; `summary.json`
comes last, so that its presence says that the run has ended.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from runner.errors import Problem, UserError
from runner.files.claim import Claim
from runner.files.events import Event, read_events
from runner.files.history import Rows, write_history
from runner.files.json_files import json_lines, write_json, write_json_unsynced
from runner.files.names import (
    EVENTS,
    FINDINGS,
    HISTORY,
    METRICS,
    RECORD,
    REPORT,
    RESERVE,
    SPOOL,
    SPOOLED_HISTORY,
    SUMMARY,
    WEIGHTS,
)
from runner.files.run_record import RunRecord
from runner.files.summary import Summary
from runner.network.ops import Array

# Space reserved for the summary, so that a run whose disk is full can still say so.
_RESERVE = 64 * 1024
# The last bytes of every Parquet file.
_PARQUET = b"PAR1"


class RunFolder:
    """The folder of one run, made for it alone, and claimed by this process until the run ends."""

    def __init__(self, path: Path, record: RunRecord) -> None:
        """Make the folder (it may exist, empty of runs) and write run.json; `UserError` where that can't be done."""
        self.path = path
        try:
            (path / SPOOL).mkdir(parents=True, exist_ok=True)
            with (path / RECORD).open("x", encoding="utf-8") as file:
                json.dump(record.to_dict(), file, indent=1, ensure_ascii=False)
            self._claim = Claim.take(path)
            self._spool = (path / SPOOLED_HISTORY).open("xb", buffering=0)
            self._reserve = path / RESERVE
            self._reserve.write_bytes(bytes(_RESERVE))
        except FileExistsError as error:
            raise UserError(Problem("hydra.run.dir", "this folder already holds a run", given=str(path))) from error
        except OSError as error:
            raise UserError(
                Problem("hydra.run.dir", f"can't write there: {error.strerror}", given=str(path))
            ) from error
        (path / EVENTS).touch()

    @classmethod
    def reopened(cls, path: Path, step: int, width: int) -> RunFolder:
        """The folder of a run resumed at `step`, without what came after it; the history has `width` columns.

        `UserError` where another process trains there.
        """
        folder = cls.__new__(cls)
        folder.path, folder._claim = path, Claim.take(path)
        events = folder.events(before=step)
        for name in (SUMMARY, HISTORY, WEIGHTS, FINDINGS, REPORT):
            (path / name).unlink(missing_ok=True)
        folder._spool = (path / SPOOLED_HISTORY).open("ab", buffering=0)
        folder._spool.truncate(step * width * 8)
        (path / EVENTS).write_text(json_lines(event.to_dict() for event in events), encoding="utf-8")
        folder._reserve = path / RESERVE
        folder._reserve.write_bytes(bytes(_RESERVE))
        return folder

    def rows(self, width: int) -> Rows:
        """The history so far, (steps, width)."""
        return np.fromfile(self.path / SPOOLED_HISTORY).reshape(-1, width)

    def events(self, before: int) -> list[Event]:
        """The events before a step; a line that is cut off is left out."""
        return [event for event in read_events(self.path) if event.step < before]

    def settle(self) -> None:
        """Flush what was written to the disk."""
        os.fsync(self._spool.fileno())
        with (self.path / EVENTS).open("rb") as file:
            os.fsync(file.fileno())

    def write(self, name: str, text: str) -> None:
        """Add a file of text."""
        (self.path / name).write_text(text, encoding="utf-8")

    def append(self, rows: Rows) -> None:
        """Add rows to the history as it grows."""
        self._spool.write(np.ascontiguousarray(rows).data)

    def note(self, event: Event) -> None:
        """Add an event."""
        with (self.path / EVENTS).open("a", encoding="utf-8") as file:
            file.write(json_lines([event.to_dict()]))

    def keep(self, columns: Sequence[str], rows: Rows, weights: Mapping[str, Array]) -> None:
        """Write the history, rows (steps, columns), and the learnt weights."""
        write_history(self.path / HISTORY, columns, rows)
        np.savez(self.path / WEIGHTS, **weights)  # type: ignore[arg-type]

    def measure(self, metrics: Mapping[str, Any]) -> None:
        """Write how good the network is on each split."""
        write_json(self.path / METRICS, metrics)

    def explain(self, findings: Sequence[Mapping[str, Any]]) -> None:
        """Write what the diagnosis found."""
        write_json(self.path / FINDINGS, findings)

    def end(self, summary: Summary) -> None:
        """Write the summary, last of all, and let others have the folder."""
        try:
            self._spool.close()
            self._reserve.unlink(missing_ok=True)
            write_json(self.path / SUMMARY, summary.to_dict())
        finally:
            self._claim.release()


def write_run(
    path: Path,
    record: RunRecord,
    rows: Rows,
    weights: Mapping[str, Array],
    events: Sequence[Event],
    findings: Sequence[Mapping[str, Any]],
    summary: Summary,
) -> None:
    """Write the folder of a run that has ended, without what only a running one needs; summary.json comes last.

    It doesn't wait for the disk: `is_whole` finds out whether a power loss left the folder incomplete.
    """
    path.mkdir(parents=True, exist_ok=True)
    write_history(path / HISTORY, record.columns, rows)
    np.savez(path / WEIGHTS, **weights)  # type: ignore[arg-type]
    (path / EVENTS).write_text(json_lines(event.to_dict() for event in events), encoding="utf-8")
    for name, content in ((FINDINGS, findings), (RECORD, record.to_dict()), (SUMMARY, summary.to_dict())):
        write_json_unsynced(path / name, content)


def is_whole(path: Path) -> bool:
    """Whether a run has ended and all its files are complete."""
    try:
        json.loads((path / SUMMARY).read_text(encoding="utf-8"))
        json.loads((path / RECORD).read_text(encoding="utf-8"))
        with (path / HISTORY).open("rb") as file:
            file.seek(-len(_PARQUET), os.SEEK_END)
            return file.read() == _PARQUET and zipfile.is_zipfile(path / WEIGHTS)
    except (OSError, ValueError):
        return False
