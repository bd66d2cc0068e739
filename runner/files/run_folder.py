"""The files of a run. Whatever must not be lost is appended as it happens; whatever is written at the end is whole or
absent; `summary.json` comes last, so that its presence says that the run has ended.
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
from runner.files.events import Event, event_of
from runner.network.ops import Array
from runner.process import this_process
from runner.training.history import History, Rows

RECORD, SUMMARY, EVENTS, FINDINGS = "run.json", "summary.json", "events.jsonl", "findings.json"
HISTORY, WEIGHTS, SPOOL = "history.parquet", "weights.npz", "spool"
CHANGES = "changes.diff"
PROCESS = f"{SPOOL}/process.json"  # who trains, so that others can tell whether it still does
# Space kept back for the summary, so that a run can say that the disk is full where it is.
_RESERVE = 64 * 1024
# How a Parquet file ends.
_PARQUET = b"PAR1"


class RunFolder:
    """The folder of one run, made for it alone."""

    def __init__(self, path: Path, record: Mapping[str, Any]) -> None:
        """Make the folder (it may exist, empty of runs) and write run.json; `UserError` where that can't be done."""
        self.path = path
        try:
            (path / SPOOL).mkdir(parents=True, exist_ok=True)
            with (path / RECORD).open("x", encoding="utf-8") as file:
                json.dump(record, file, indent=1, ensure_ascii=False)
            (path / PROCESS).write_text(json.dumps(this_process()), encoding="utf-8")
            self._spool = (path / SPOOL / "history.f64").open("xb", buffering=0)
            self._reserve = path / SPOOL / "reserve"
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
        """The folder of a run that goes on at `step`, back in the state before it; its history has `width` columns."""
        folder = cls.__new__(cls)
        folder.path = path
        events = folder.events(before=step)
        write_whole(path / PROCESS, this_process())
        for name in (SUMMARY, HISTORY, WEIGHTS, FINDINGS):
            (path / name).unlink(missing_ok=True)
        folder._spool = (path / SPOOL / "history.f64").open("ab", buffering=0)
        folder._spool.truncate(step * width * 8)
        (path / EVENTS).write_text("".join(_line(event) for event in events), encoding="utf-8")
        folder._reserve = path / SPOOL / "reserve"
        folder._reserve.write_bytes(bytes(_RESERVE))
        return folder

    def rows(self, width: int) -> Rows:
        """The history so far, (steps, width)."""
        return np.fromfile(self.path / SPOOL / "history.f64").reshape(-1, width)

    def events(self, before: int) -> list[Event]:
        """The whole events before a step."""
        lines = (self.path / EVENTS).read_text(encoding="utf-8").splitlines(keepends=True)
        known = (event_of(json.loads(line)) for line in lines if line.endswith("\n"))
        return [event for event in known if event.step < before]

    def settle(self) -> None:
        """Return once what was written is on the disk."""
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
            file.write(_line(event))

    def keep(self, history: History, weights: Mapping[str, Array]) -> None:
        """Write what was learnt."""
        history.write_parquet(self.path / HISTORY)
        np.savez(self.path / WEIGHTS, **weights)  # type: ignore[arg-type]

    def explain(self, findings: Sequence[Mapping[str, Any]]) -> None:
        """Write what the diagnosis found."""
        write_whole(self.path / FINDINGS, findings)

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write the summary, last of all."""
        self._spool.close()
        self._reserve.unlink(missing_ok=True)
        write_whole(self.path / SUMMARY, summary)


def write_run(
    path: Path,
    record: Mapping[str, Any],
    history: History,
    weights: Mapping[str, Array],
    events: Sequence[Event],
    findings: Sequence[Mapping[str, Any]],
    summary: Mapping[str, Any],
) -> None:
    """Leave the folder of a run that has ended, without what only a run under way needs; summary.json comes last.

    Nothing waits for the disk: `is_whole` tells a folder that a power loss tore.
    """
    path.mkdir(parents=True, exist_ok=True)
    history.write_parquet(path / HISTORY)
    np.savez(path / WEIGHTS, **weights)  # type: ignore[arg-type]
    (path / EVENTS).write_text("".join(map(_line, events)), encoding="utf-8")
    for name, content in ((FINDINGS, findings), (RECORD, record), (SUMMARY, summary)):
        write_at_once(path / name, content)


def write_at_once(path: Path, content: object) -> None:
    """Write JSON so that the file is never seen half written, but for a power loss: the disk isn't waited for."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(_listed(content), encoding="utf-8")
    partial.replace(path)


def _listed(content: object) -> str:
    """JSON with an entry a line, in a tenth of the time that `indent` takes."""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    if isinstance(content, Mapping):
        return "{\n" + ",\n".join(f" {text(key)}: {text(value)}" for key, value in content.items()) + "\n}\n"
    if isinstance(content, list):
        return "[\n" + ",\n".join(f" {text(value)}" for value in content) + "\n]\n"
    return text(content) + "\n"


def is_whole(path: Path) -> bool:
    """Whether the files of a run that has ended are all there and none of them is cut off."""
    try:
        json.loads((path / SUMMARY).read_text(encoding="utf-8"))
        json.loads((path / RECORD).read_text(encoding="utf-8"))
        with (path / HISTORY).open("rb") as file:
            file.seek(-len(_PARQUET), os.SEEK_END)
            return file.read() == _PARQUET and zipfile.is_zipfile(path / WEIGHTS)
    except (OSError, ValueError):
        return False


def _line(event: Event) -> str:
    return json.dumps(event.to_dict(), ensure_ascii=False) + "\n"


def write_whole(path: Path, content: object) -> None:
    """Write JSON so that the file is never seen half written."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
