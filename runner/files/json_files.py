"""JSON files and files of JSON lines: written completely or not at all, and read while another process writes them.

Lines are only appended. The last one may be incomplete, while it is written or for ever after a crash: readers give
complete lines and leave the rest for the next call.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_ABSENT = (FileNotFoundError, NotADirectoryError)


def read_json(path: Path) -> Any | None:
    """The content of a JSON file; None where it doesn't exist (yet) or isn't complete."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (*_ABSENT, json.JSONDecodeError):
        return None


def write_json(path: Path, content: object) -> None:
    """Write JSON so that the file is never seen half written; it is on the disk when this returns."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def write_json_unsynced(path: Path, content: Mapping[str, object] | Sequence[object]) -> None:
    """Write JSON so that the file is never seen half written, except after a power loss: the disk isn't waited for."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(_entry_a_line(content), encoding="utf-8")
    partial.replace(path)


def _entry_a_line(content: Mapping[str, object] | Sequence[object]) -> str:
    """JSON with an entry a line, in a tenth of the time that `indent` takes."""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    if isinstance(content, Mapping):
        return "{\n" + ",\n".join(f" {text(key)}: {text(value)}" for key, value in content.items()) + "\n}\n"
    return "[\n" + ",\n".join(f" {text(value)}" for value in content) + "\n]\n"


def json_lines(entries: Iterable[Mapping[str, Any]]) -> str:
    """Entries as the text of a file of JSON lines."""
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def finite(value: float | None) -> float | None:
    """A number as JSON can hold it: null where it is NaN, infinite or unknown."""
    return float(value) if value is not None and math.isfinite(value) else None


class LineReader:
    """The complete lines of a growing file of JSON objects, each given once."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def new_lines(self) -> list[dict[str, Any]]:
        """The lines since the last call, up to the first incomplete one; none where there is no file yet."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except _ABSENT:
            return []
        lines = []
        for line in text.splitlines(keepends=True):
            entry = whole_line(line)
            if not isinstance(entry, dict):
                break
            lines.append(entry)
            self._read += len(line)
        return lines


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The complete lines of a file of JSON objects."""
    return LineReader(path).new_lines()


def whole_line(line: bytes) -> Any | None:
    """The content of a line of JSON; None where it isn't complete: after a power loss a file may end in anything."""
    if not line.endswith(b"\n"):
        return None
    try:
        return json.loads(line)
    except ValueError:
        return None
