"""Edits made one after the other, as edits of the files as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from runner.recording.edits.edit import Edit, applied

Texts = Mapping[Path, str]


def rebased(later: Edit, earlier: tuple[Edit, ...]) -> tuple[Edit, ...] | None:
    """The edits of the original file that do what `earlier` and then `later` do; None where they overlap.

    `earlier` are edits of the original file, `later` one of the file with these made.
    """
    start, end, lines = later.start, later.end, later.line
    for edit in sorted((e for e in earlier if e.file == later.file), key=lambda e: e.start):
        grown = len(edit.after.encode()) - (edit.end - edit.start)
        if start >= edit.start + len(edit.after.encode()):
            start, end = start - grown, end - grown
            lines -= edit.after.count("\n") - edit.before.count("\n")
        elif end > edit.start:
            return None
    return (*earlier, replace(later, start=start, end=end, line=lines))


def patched(texts: Texts, edits: tuple[Edit, ...]) -> dict[Path, str]:
    """The texts of the files that the edits change, with all edits made."""
    files = {edit.file for edit in edits}
    return {
        path: applied(text, [edit for edit in edits if edit.file == str(path)])
        for path, text in texts.items()
        if str(path) in files
    }
