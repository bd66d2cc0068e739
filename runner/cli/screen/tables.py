"""Tables on the terminal: as many columns as fit, no word of them broken; lines with tabs where nobody looks."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from runner.cli.screen.terminal import print_between_words, results

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

_GAP = 2  # blanks between columns
_BROAD = 24  # from here on a cell takes several lines, where its words allow it

Columns = Mapping[str, Sequence[str]]


def cells_of(table: pd.DataFrame) -> dict[str, list[str]]:
    """The columns of a table as they are shown."""
    from runner.sweeps.outcome_files import cell

    return {str(name): [cell(value) for value in table[name]] for name in table.columns}


def print_table(columns: Columns, order: Sequence[str], more: str, styles: Sequence[str] = ()) -> None:
    """Print a table; where it is too wide, the columns that `order` names last are left out, and that is said.

    `more` says how to see them. What `order` doesn't name comes after what it does. `styles` are those of the rows.
    """
    console = results()
    if not console.is_terminal:
        _print_lines(columns)
        return
    shown = fitting(columns, order, console.width)
    _print(console, columns, shown, styles)
    if left := [name for name in columns if name not in shown]:
        count = f"{len(left)} more column{'s' * (len(left) != 1)}"
        print_between_words(Text(f"{count}: {', '.join(left)} ({more})", style="dim"))


def print_all(columns: Columns) -> None:
    """Print every column, in blocks below each other that begin with the first column where they don't fit."""
    console = results()
    if not console.is_terminal:
        _print_lines(columns)
        return
    first, *rest = columns
    while rest:
        shown = _first_that_fit([first, *rest], columns, console.width)
        _print(console, columns, shown)
        rest = [name for name in rest if name not in shown]
        if rest:
            console.print()


def print_entries(entries: Iterable[tuple[Text, Sequence[Text]]]) -> None:
    """Print entries of a list: a name on a line of its own, and indented below it what there is to say of it."""
    for name, texts in entries:
        results().print(name)
        for text in texts:
            print_between_words(Text.assemble("  ", text), indent=4)


def fitting(columns: Columns, order: Sequence[str], width: int) -> list[str]:
    """The columns that fit into so many characters, in their own order; `order` says which are missed most."""
    ordered = dict.fromkeys([*(name for name in order if name in columns), *columns])
    chosen: list[str] = []
    left = width + _GAP
    for name in ordered:
        needed = _width(name, columns[name]) + _GAP
        if needed <= left or not chosen:
            chosen.append(name)
            left -= needed
    return [name for name in columns if name in chosen]


def _first_that_fit(names: Sequence[str], columns: Columns, width: int) -> list[str]:
    """The first columns that fit, two at least."""
    shown, left = list(names[:2]), width + _GAP - sum(_width(name, columns[name]) + _GAP for name in names[:2])
    for name in names[2:]:
        left -= _width(name, columns[name]) + _GAP
        if left < 0:
            break
        shown.append(name)
    return shown


def _print(console: Console, columns: Columns, shown: Iterable[str], styles: Sequence[str] = ()) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, _GAP, 0, 0))
    for name in shown:
        right = all(map(_is_number, columns[name]))
        # The width is the column's own, so that nothing is made narrower, by breaking a word.
        table.add_column(Text(name), width=_width(name, columns[name]), justify="right" if right else "left")
    rows = list(zip(*(columns[name] for name in shown), strict=True))
    for row, style in zip(rows, styles or [""] * len(rows), strict=True):
        table.add_row(*map(Text, row), style=style)
    console.print(table, soft_wrap=False, crop=False, no_wrap=False)


def _print_lines(columns: Columns) -> None:
    rows = zip(*columns.values(), strict=True)
    sys.stdout.writelines("\t".join(row) + "\n" for row in [tuple(columns), *rows])


def _width(name: str, cells: Sequence[str]) -> int:
    """That of the widest cell, of long ones a line; but no word is broken."""
    words = (len(word) for text in (name, *cells) for word in text.split())
    return max(min(_BROAD, max(map(len, (name, *cells)))), *words, 1)


def _is_number(text: str) -> bool:
    try:
        return not text or not math.isnan(float(text))
    except ValueError:
        return False
