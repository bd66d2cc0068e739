"""The explanation of a run as Markdown, in the words of the terminal: MLflow shows it as the run's description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from runner.explaining.explanation import Ending, Line, explanation, nothing_wrong
from runner.explaining.symptoms import number
from runner.files.measures import MEASURES

_PROSE = ("seen", "symptom", "aside", "result")
_CODE = {"command": "sh", "fix": "diff"}
_CHANGED_LINES = ("- ", "+ ")
# What Markdown takes for markup within a line; an underscore within a word is none.
_MARKUP = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)")


def markdown(ending: Ending) -> str:
    """The outcome with the final measures, then the explanation where something is wrong."""
    lines = explanation(ending)
    blocks = [_outcome(ending), *(_blocks(lines) if lines else [_escaped(nothing_wrong(ending))])]
    return "\n\n".join(blocks) + "\n"


def _outcome(ending: Ending) -> str:
    final = ending.summary.final
    measures = [f"{label} {number(value)}" for key, label in MEASURES.items() if (value := final.get(key)) is not None]
    return f"**{_escaped(ending.summary.outcome)}**" + (f", {', '.join(measures)}" if measures else "")


def _blocks(lines: Sequence[Line]) -> Iterator[str]:
    """The paragraphs and blocks of code; lines that were broken for the terminal are one paragraph again."""
    for piece in _pieces(lines):
        head, texts = piece[0], [line.text for line in piece]
        label = f"**{head.label}** " if head.label else ""
        if head.role in _PROSE:
            yield label + _escaped(" ".join(texts))
        elif head.role == "cause":
            name, _, where = texts[0].partition(" ")
            yield f"{label}`{name}`" + (f" {_escaped(where)}" if where else "")
        elif head.role == "fix" and not texts[0].startswith(_CHANGED_LINES):
            yield f"{label}`{' '.join(texts)}`"
        else:
            yield "\n".join([*([label.strip(), ""] if label else []), f"```{_CODE[head.role]}", *texts, "```"])


def _pieces(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that belong together: they follow a label, or have the same role."""
    number_of_piece = 0
    numbered = []
    for k, line in enumerate(lines):
        number_of_piece += bool(line.label) or (k > 0 and line.role != lines[k - 1].role)
        numbered.append((number_of_piece, line))
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        yield [line for _, line in group]


def _escaped(text: str) -> str:
    """A text in which Markdown sees no markup."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", text)
