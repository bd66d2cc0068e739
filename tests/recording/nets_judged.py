"""What a check reported, as the corpus judges it: the lines in their order, and the edits put into the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Part:
    """One piece of a file and what is to stand there: lines from 1, columns from 0, the end not included."""

    file: str
    span: tuple[int, int, int, int]
    before: str
    after: str


@dataclass(frozen=True)
class Edit:
    """One correction that was offered: `parts` change together."""

    parts: tuple[Part, ...]
    name: str | None
    changes_loss: bool


def edits_of(result: dict[str, Any]) -> list[Edit]:
    """The edits of a check.json, the best first."""
    found = []
    for one in result.get("edits", []):
        pieces = [one, *one.get("and", [])]
        parts = tuple(Part(each["file"], tuple(each["span"]), each["before"], each["after"]) for each in pieces)
        found.append(Edit(parts, one.get("name"), bool(one.get("changes_loss"))))
    return found


def lines_reported(result: dict[str, Any]) -> list[tuple[str, int]]:
    """The places (file, line) that a reader is sent to, in the order in which they are reported, none twice."""
    reported: list[tuple[str, int]] = []
    for edit in edits_of(result):
        reported += [(Path(part.file).name, part.span[0]) for part in edit.parts]
    reported += [(Path(place["file"]).name, place["line"]) for place in result.get("places", [])]
    for cause in result.get("causes", []):
        if cause.get("source"):
            reported.append((Path(cause["source"]["file"]).name, cause["source"]["line"]))
    return list(dict.fromkeys(reported))


def with_edit(edit: Edit, folder: Path, judge: Callable[[], bool]) -> bool:
    """What `judge` says while the files of a folder have an edit; then they are as they were."""
    before: dict[Path, str] = {}
    try:
        for part in sorted(edit.parts, key=lambda one: one.span, reverse=True):
            (file,) = [one for one in folder.rglob(Path(part.file).name) if "checked" not in one.parts]
            before.setdefault(file, file.read_text(encoding="utf-8"))
            _put(file, part)
        return judge()
    finally:
        for file, text in before.items():
            file.write_text(text, encoding="utf-8")


def _put(file: Path, part: Part) -> None:
    if file.suffix != ".ipynb":
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(_replaced(lines, part.span, part)), encoding="utf-8")
        return
    book = json.loads(file.read_text(encoding="utf-8"))
    first = 0
    for cell in book["cells"]:
        if cell["cell_type"] != "code":
            continue
        lines = "".join(cell["source"]).splitlines(keepends=True)
        if first < part.span[0] <= first + len(lines):
            line, column, last, end = part.span
            cell["source"] = _replaced(lines, (line - first, column, last - first, end), part)
        first += len(lines)
    file.write_text(json.dumps(book), encoding="utf-8")


def _replaced(lines: list[str], span: tuple[int, int, int, int], part: Part) -> list[str]:
    line, column, last, end = span
    head, tail = lines[line - 1][:column], lines[last - 1][end:]
    old = "".join(lines[line - 1 : last])
    assert old[len(head) : len(old) - len(tail)] == part.before, (part, old)
    return [*lines[: line - 1], *f"{head}{part.after}{tail}".splitlines(keepends=True), *lines[last:]]
