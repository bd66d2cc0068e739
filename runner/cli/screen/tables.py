"""Tables of pandas on the terminal: as many columns as fit, lines with tabs where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from runner.cli.screen.terminal import results
from runner.sweeps.outcome_files import cell

if TYPE_CHECKING:
    import pandas as pd

_GAP = 2  # blanks between columns
_WIDEST = 36


def fitting_table(table: pd.DataFrame, droppable: Sequence[str]) -> None:
    """Print a table; where it is too wide, columns of `droppable` are left out, the last ones first, then the last."""
    console = results()
    columns = {str(name): [cell(value) for value in table[name]] for name in table.columns}
    if not console.is_terminal:
        rows = zip(*columns.values(), strict=True)
        sys.stdout.writelines("\t".join(row) + "\n" for row in [tuple(columns), *rows])
        return
    order = [name for name in columns if name not in droppable]
    order += [name for name in droppable if name in columns]
    shown = set(order)
    while len(shown) > 1 and sum(_width(name, columns[name]) + _GAP for name in shown) > console.width + _GAP:
        shown.remove(order.pop())
    printed = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        if name in shown:
            printed.add_column(Text(name), no_wrap=True, overflow="ellipsis", max_width=_WIDEST)
    for k in range(len(table)):
        printed.add_row(*(Text(cells[k]) for name, cells in columns.items() if name in shown))
    console.print(printed)


def _width(name: str, cells: Sequence[str]) -> int:
    return min(_WIDEST, max(len(name), *map(len, cells), 1))
