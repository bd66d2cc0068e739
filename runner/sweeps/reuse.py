"""Finished runs that need not be carried out again, found by their fingerprint.

`finished.jsonl` in the folder of all runs gets a line for each finished job of a sweep. It is only a hint: whatever it
names is looked at before it counts, so that folders may be moved and deleted at will. A job takes a finished run over
by having its files in its own folder, too: links where the disk allows, for nobody writes to them any more.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from runner.files.run_folder import EVENTS, FINDINGS, HISTORY, RECORD, SUMMARY, WEIGHTS, is_whole, write_at_once
from runner.files.spool import read_json
from runner.files.sweep_folder import Line

INDEX = "finished.jsonl"
_ENDED = ("nan", "diverged", "stalled", "converged", "finished")


class Finished:
    """The finished runs below a folder, by fingerprint."""

    def __init__(self, outputs: Path) -> None:
        self._index = outputs / INDEX
        self._known = {line["fingerprint"]: (line["folder"], line["result"]) for line in _lines(self._index)}

    def find(self, fingerprint: str) -> tuple[Path, Line] | None:
        """The folder of a finished run with this fingerprint, and what came of it; None where none is left."""
        if fingerprint not in self._known:
            return None
        folder, result = self._known[fingerprint]
        path = self._index.parent / folder
        return (path, result) if is_whole(path) else None

    def add(self, entries: Iterable[tuple[str, Path, Line]]) -> None:
        """Remember runs, by fingerprint, that have come to an end of their own."""
        lines = []
        for fingerprint, folder, result in entries:
            if result["outcome"] in _ENDED and result["stopped"] in (None, "diverged"):
                relative = os.path.relpath(folder, self._index.parent)
                self._known[fingerprint] = relative, result
                lines.append(json.dumps({"fingerprint": fingerprint, "folder": relative, "result": result}) + "\n")
        if lines:
            self._index.parent.mkdir(parents=True, exist_ok=True)
            with self._index.open("a", encoding="utf-8") as file:
                file.write("".join(lines))


def take_over(source: Path, target: Path, overrides: Iterable[str]) -> None:
    """Let the folder `target` hold the finished run in `source` as a run of its own."""
    target.mkdir(parents=True, exist_ok=True)
    for name in (HISTORY, WEIGHTS, EVENTS, FINDINGS, "report.html"):
        if (source / name).is_file():
            _link(source / name, target / name)
    record: Mapping[str, object] = read_json(source / RECORD) or {}
    described = {**record, "key": uuid.uuid4().hex, "overrides": list(overrides), "reused": str(source)}
    summary = {**(read_json(source / SUMMARY) or {}), "mlflow_run_id": None}
    write_at_once(target / RECORD, described)
    write_at_once(target / SUMMARY, summary)


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)


def _lines(index: Path) -> Iterator[Line]:
    """The lines that can be read: one that a crash cut off takes the next one with it, and no other."""
    try:
        text = index.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and {"fingerprint", "folder", "result"} <= set(entry):
                yield entry
