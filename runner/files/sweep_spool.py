"""Reading the folder of a sweep while it grows, as `spool` does for that of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runner.files.spool import read_json

SWEEP, JOBS, RESULTS, SUMMARY = "sweep.json", "jobs.jsonl", "results.jsonl", "summary.json"

Line = dict[str, Any]


class SweepSpool:
    """The growing files of one sweep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read = 0

    def jobs(self) -> dict[int, Line]:
        """What each job is, by its number."""
        return {line["job"]: line for line in whole_lines(self.folder / JOBS)}

    def new_results(self) -> list[Line]:
        """The whole lines of results.jsonl since the last call."""
        lines, self._read = _lines_from(self.folder / RESULTS, self._read)
        return lines

    def summary(self) -> Line | None:
        """How the sweep ended; None while it goes on."""
        return read_json(self.folder / SUMMARY)


def whole_lines(path: Path) -> list[Line]:
    """The lines of a file of JSON objects, up to the first that is not whole."""
    return _lines_from(path, 0)[0]


def _lines_from(path: Path, offset: int) -> tuple[list[Line], int]:
    """The whole lines from a byte on, and the byte behind them."""
    lines: list[Line] = []
    try:
        with path.open("rb") as file:
            file.seek(offset)
            text = file.read()
    except FileNotFoundError:
        return lines, offset
    for line in text.splitlines(keepends=True):
        try:
            entry = json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n") or not isinstance(entry, dict):
            break
        lines.append(entry)
        offset += len(line)
    return lines, offset
