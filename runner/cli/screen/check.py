"""What a gradient check has found, printed: a sentence, the mistakes that explain it, a table of the arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from runner.cli.screen.tables import print_table
from runner.cli.screen.terminal import print_between_words
from runner.diagnosis.gradients.report import COLUMNS, described, row

if TYPE_CHECKING:
    from runner.diagnosis.gradients.mistake import GradientMistake
    from runner.diagnosis.gradients.result import CheckResult

_COLOURS = {"written": "red", "should read": "green", "should be": "green", "or as": "green"}
_LABEL = re.compile(r" *(?:(?:written|should read|should be|checked|or as|look at|(?:cell \d+, )?line \d+) +)?")
_LINE = re.compile(r"(?:.*, )?line \d+$")


def print_check(result: CheckResult) -> None:
    """A sentence, what explains it, and a table of the arrays."""
    _print(f"[bold {'green' if result.passed else 'red'}]{escape(result.sentence)}[/]")
    for label, text in result.answer:
        _print(_labelled(label, text))
    for cause in () if result.patch else result.causes:
        for line in explained(cause):
            _print(line)
    for note in result.notes:
        _print(f"[dim]note:[/] {escape(note)}")
    for point in result.left_out:
        _print(f"[yellow]not checked:[/] {escape(point)}, where the loss is not finite")
    if result.arrays:
        _print_table(result)


def _print(line: str) -> None:
    """A line as it is, on a terminal between words where it is too long, with what follows under its beginning."""
    label = _LABEL.match(Text.from_markup(line).plain)
    print_between_words(line, indent=label.end() if label is not None else 0)


def explained(cause: GradientMistake) -> Iterator[str]:
    """A mistake in lines with markup: what it is, what is written, what should be, where."""
    for label, text in described(cause):
        yield _labelled(label, text)


def _labelled(label: str, text: str) -> str:
    colour = "red" if _LINE.match(label) else _COLOURS.get(label)
    shown = f"[{colour}]{escape(text)}[/]" if colour else escape(text)
    return f"  [dim]{label:<11}[/]  {shown}" if label else f"  {shown}"


def _print_table(result: CheckResult) -> None:
    rows = list(map(row, result.arrays))
    columns = {name: [cells[k] for cells in rows] for k, name in enumerate(COLUMNS)}
    styles = ["" if array.passed else "red" for array in result.arrays]
    print_table(columns, ("array", "verdict", "error", "pattern"), "check.json has them", styles)
