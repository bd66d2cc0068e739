"""What a gradient check has found, printed: a sentence, the mistakes that explain it, a table of the arrays."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli.screen.terminal import results
from runner.diagnosis.gradients.report import COLUMNS, described, row

if TYPE_CHECKING:
    from rich.console import Console

    from runner.diagnosis.gradients.mistake import GradientMistake
    from runner.diagnosis.gradients.result import CheckResult

_COLOURS = {"written": "red", "should read": "green", "should be": "green", "or as": "green"}
_LABEL = re.compile(r" *(?:(?:written|should read|should be|checked|or as|look at|(?:cell \d+, )?line \d+) +)?")
_LINE = re.compile(r"(?:.*, )?line \d+$")


def print_check(result: CheckResult) -> None:
    """A sentence, what explains it, and a table of the arrays."""
    console = results()
    _print(console, f"[bold {'green' if result.passed else 'red'}]{escape(result.sentence)}[/]")
    for label, text in result.answer:
        _print(console, _labelled(label, text))
    for cause in () if result.patch else result.causes:
        for line in explained(cause):
            _print(console, line)
    for note in result.notes:
        _print(console, f"[dim]note:[/] {escape(note)}")
    for point in result.left_out:
        _print(console, f"[yellow]not checked:[/] {escape(point)}, where the loss is not finite")
    if result.arrays:
        _print_table(console, result)


def _print(console: Console, line: str) -> None:
    """A line as it is, on a terminal between words where it is too long, with what follows under its beginning."""
    if not console.is_terminal:
        console.print(line)
        return
    from rich.padding import Padding
    from rich.text import Text

    text = Text.from_markup(line)
    label = re.match(
        r" *(?:(?:written|should read|should be|checked|or as|look at|(?:cell \d+, )?line \d+) +)?", text.plain
    )
    indent = label.end() if label is not None else 0
    first, *rest = text.wrap(console, max(console.width - indent, 20)) if indent else text.wrap(console, console.width)
    console.print(first)
    for one in rest:
        console.print(Padding(one, (0, 0, 0, indent)))


def explained(cause: GradientMistake) -> Iterator[str]:
    """A mistake in lines with markup: what it is, what is written, what should be, where."""
    for label, text in described(cause):
        yield _labelled(label, text)


def _labelled(label: str, text: str) -> str:
    colour = "red" if _LINE.match(label) else _COLOURS.get(label)
    shown = f"[{colour}]{escape(text)}[/]" if colour else escape(text)
    return f"  [dim]{label:<11}[/]  {shown}" if label else f"  {shown}"


def _print_table(console: Console, result: CheckResult) -> None:
    if not console.is_terminal:
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [COLUMNS, *map(row, result.arrays)])
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, no_wrap=column not in ("checked", "pattern"))
    for array in result.arrays:
        table.add_row(*map(escape, row(array)), style="" if array.passed else "red")
    console.print(table, soft_wrap=False)
