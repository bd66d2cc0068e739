"""A changed line beside the corrected one, as lines of a page whose changed characters stand out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

Kind = Literal["place", "same", "removed", "added"]

_KINDS: dict[str, Kind] = {"-": "removed", "+": "added", " ": "same"}
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? ")
_WORDS = re.compile(r"\w+|\s+|.")
_ALIKE = 0.4  # how alike two lines are, so that what they differ in says anything


@dataclass(frozen=True)
class DiffLine:
    """A line: its number where it is known, and its text in pieces, each with whether it is what changed."""

    kind: Kind
    pieces: tuple[tuple[str, bool], ...]
    number: int | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(piece for piece, _ in self.pieces)


def of_patch(patch: str) -> list[DiffLine]:
    """The lines of a unified diff, under the name of each file."""
    found: list[DiffLine] = []
    number = 0
    block: list[DiffLine] = []
    for line in patch.splitlines():
        if line.startswith("--- "):
            found += _emphasised(block)
            block = []
            found.append(DiffLine("place", ((line[4:].removeprefix("a/"), False),)))
        elif hunk := _HUNK.match(line):
            number = int(hunk[1])
        elif not line.startswith(("+++ ", "\\")):
            kind = _KINDS.get(line[:1], "same")
            one = DiffLine(kind, ((line[1:], False),), None if kind == "added" else number)
            number += kind != "added"
            if kind == "same":
                found += [*_emphasised(block), one]
                block = []
            else:
                block.append(one)
    return [*found, *_emphasised(block)]


def of_lines(written: Iterable[str], right: Iterable[str], place: str = "") -> list[DiffLine]:
    """Lines as they are written, each followed by what should stand there, under their `place`."""
    head = [DiffLine("place", ((place, False),))] if place else []
    removed = [DiffLine("removed", ((text, False),)) for text in written]
    added = [DiffLine("added", ((text, False),)) for text in right]
    return [*head, *_emphasised([*removed, *added])]


def _emphasised(block: Sequence[DiffLine]) -> list[DiffLine]:
    """Removed lines and those that take their places, in pairs, with what differs marked."""
    removed = [line for line in block if line.kind == "removed"]
    added = [line for line in block if line.kind == "added"]
    found: list[DiffLine] = []
    for old, new in zip_longest(removed, added):
        if old is None or new is None:
            found.append(new if old is None else old)
        else:
            found += _pair(old, new)
    return found


def _pair(old: DiffLine, new: DiffLine) -> tuple[DiffLine, DiffLine]:
    before, after = _WORDS.findall(old.text), _WORDS.findall(new.text)
    match = SequenceMatcher(None, before, after, autojunk=False)
    if match.ratio() < _ALIKE:
        return old, new
    pieces: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for tag, a, b, c, d in match.get_opcodes():
        for side, words in ((pieces[0], before[a:b]), (pieces[1], after[c:d])):
            if words:
                side.append(("".join(words), tag != "equal"))
    return DiffLine("removed", tuple(pieces[0]), old.number), DiffLine("added", tuple(pieces[1]), new.number)
