"""The explanation of a run as blocks of a page: the words of the terminal, in paragraphs that a page breaks itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.explaining.explanation import Line, Role

# Lines of these kinds belong together in a paragraph where they follow each other; others stand for themselves.
_PROSE = ("seen", "symptom", "result", "aside", "fix")


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading (`cause`) or a command, with its label where it begins something."""

    label: str
    role: Role
    text: str


@dataclass(frozen=True)
class Section:
    """What was seen, or a cause with everything about it."""

    label: str
    blocks: tuple[Block, ...]


def sections(lines: Sequence[Line]) -> list[Section]:
    """The explanation in sections: what was seen, and one for each cause."""
    found: list[list[Block]] = []
    for block in _blocks(lines):
        if block.label and block.label != "fix":
            found.append([])
        found[-1].append(block)
    return [Section(blocks[0].label, tuple(blocks)) for blocks in found]


def _blocks(lines: Iterable[Line]) -> list[Block]:
    blocks: list[Block] = []
    for line in lines:
        last = blocks[-1] if blocks else None
        goes_on = last is not None and not line.label and line.role == last.role and line.role in _PROSE
        if last is not None and goes_on and not _is_code(line.text):
            blocks[-1] = Block(last.label, last.role, f"{last.text} {line.text}")
        else:
            blocks.append(Block(line.label, line.role, line.text))
    return blocks


def _is_code(text: str) -> bool:
    """Whether a line is a changed line of a script."""
    return text[:2] in ("- ", "+ ")
