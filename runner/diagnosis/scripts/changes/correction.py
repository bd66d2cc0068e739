"""The corrected lines that a check has found as a change of a file's text."""

from __future__ import annotations

from pathlib import Path

from runner.diagnosis.scripts.changes.edit import Edit, Piece, Source
from runner.diagnosis.subjects.finding import EditFound


def correction(source: Source, best: EditFound, file: str) -> Edit | None:
    """The change of whole lines of the file of this name; None where one of them lies in another file."""
    pieces = []
    for one in (best, *best.also):
        last = one.line + one.before.count("\n")
        if Path(one.file).name != file or last > len(source.lines):
            return None
        line = source.lines[one.line - 1]
        indent = line[: len(line) - len(line.lstrip())]
        after = one.after if one.after.startswith((" ", "\t")) or not indent else indent + one.after
        pieces.append(Piece((one.line, 0), (last, len(source.lines[last - 1])), after))
    return Edit(tuple(pieces))
