"""Reusing finished runs, found by their fingerprint.

`finished.jsonl` in the folder of all runs gets a line for each finished job of a sweep. It is only a hint: each entry
is verified before it is used, so folders may be moved and deleted freely. A job reuses a finished run by having its
files in its own folder, too: as links where the disk allows, since they don't change any more.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from runner.files.json_files import write_json_unsynced
from runner.files.names import EVENTS, FINDINGS, FINISHED, HISTORY, RECORD, REPORT, SUMMARY, WEIGHTS
from runner.files.run_folder import is_whole
from runner.files.run_record import new_key, read_record
from runner.files.summary import read_summary
from runner.files.sweep_lines import SweepLine

_ENDED = ("nan", "diverged", "stalled", "converged", "finished")


class FinishedRuns:
    """The finished runs below a folder, by fingerprint."""

    def __init__(self, outputs: Path) -> None:
        self._index = outputs / FINISHED
        self._known = dict(_entries(self._index))

    def find(self, fingerprint: str) -> tuple[Path, SweepLine] | None:
        """The folder and the result of a finished run with this fingerprint; None where there is none any more."""
        if fingerprint not in self._known:
            return None
        folder, result = self._known[fingerprint]
        path = self._index.parent / folder
        return (path, result) if is_whole(path) else None

    def add(self, entries: Iterable[tuple[str, Path, SweepLine]]) -> None:
        """Remember runs, by fingerprint, that were not interrupted."""
        lines = []
        for fingerprint, folder, result in entries:
            if result.outcome in _ENDED and result.stopped in (None, "diverged"):
                relative = os.path.relpath(folder, self._index.parent)
                self._known[fingerprint] = relative, result
                entry = {"fingerprint": fingerprint, "folder": relative, "result": result.to_dict()}
                lines.append(json.dumps(entry) + "\n")
        if lines:
            self._index.parent.mkdir(parents=True, exist_ok=True)
            with self._index.open("a", encoding="utf-8") as file:
                file.write("".join(lines))


def take_over(source: Path, target: Path, overrides: Iterable[str]) -> None:
    """Make the folder `target` hold the finished run in `source` as a run of its own."""
    target.mkdir(parents=True, exist_ok=True)
    for name in (HISTORY, WEIGHTS, EVENTS, FINDINGS, REPORT):
        if (source / name).is_file():
            _link(source / name, target / name)
    record, summary = read_record(source), read_summary(source)
    assert record is not None, "a whole run has a record"
    assert summary is not None, "a whole run has a summary"
    taken = replace(record, key=new_key(), overrides=tuple(overrides), reused=str(source))
    write_json_unsynced(target / RECORD, taken.to_dict())
    write_json_unsynced(target / SUMMARY, replace(summary, mlflow_run_id=None).to_dict())


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)


def _entries(index: Path) -> Iterator[tuple[str, tuple[str, SweepLine]]]:
    """The entries that can be read, by fingerprint: one that a crash cut off takes at most the next one with it."""
    try:
        text = index.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        with contextlib.suppress(ValueError, TypeError):
            entry = json.loads(line)
            if isinstance(entry, dict) and {"fingerprint", "folder", "result"} <= set(entry):
                yield entry["fingerprint"], (entry["folder"], SweepLine.from_dict(entry["result"]))
