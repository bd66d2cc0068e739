"""From rows of scalars to rows of the history, many steps at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from runner.files.history import NULL, Rows, nulls
from runner.training.history import History
from runner.training.measuring.quality import quality_column
from runner.training.setup import Setup
from runner.training.sharpness.watch import COLUMN as STABILITY
from runner.training.units import unit_columns
from runner.training.updates.rates import Rates
from runner.training.watch import Watch

EVALUATED = ("valid_loss", "accuracy", "valid_accuracy")
LEARNING_RATE = "lr"


def history_columns(setup: Setup) -> tuple[str, ...]:
    """All columns of the history, in their order."""
    watch, name = setup.watch, quality_column(setup.dataset.task)
    evaluated = dict.fromkeys((*EVALUATED, name, f"valid_{name}"))
    return ("step", *watch.columns, *evaluated, STABILITY, LEARNING_RATE, *unit_columns(watch.layout))


class Recorder:
    """Collects the scalars of each step in a block, and writes full blocks to the history."""

    BLOCK = 1024

    def __init__(self, watch: Watch, every: int, rates: Rates, history: History, first: int = 0) -> None:
        self._watch, self._every, self._rates, self._history = watch, every, rates, history
        self._position = {column: k for k, column in enumerate(history.columns)}
        self._first = first
        self._extra: dict[int, Mapping[str, float]] = {}
        self._norms: dict[int, Rows] = {}
        self.block = np.empty((self.BLOCK, len(watch.scalars)))
        self.filled = 0

    @property
    def room(self) -> int:
        """How many more steps fit before `flush`."""
        return self.BLOCK - self.filled

    @property
    def step(self) -> int:
        """The step of the next row."""
        return self._first + self.filled

    def go_to(self, step: int) -> None:
        """Start at this step; the history has the rows before it."""
        self._first = step

    def extra(self, values: Mapping[str, float]) -> None:
        """Set more columns of the next row."""
        self._extra[self.filled] = {**self._extra.get(self.filled, {}), **values}

    def exact(self, norms: Rows) -> None:
        """Set the norms of the next row, where their squares overflow."""
        self._norms[self.filled] = norms

    def flush(self) -> None:
        """Write the collected rows to the history."""
        if self.filled:
            self._add(self._rows())

    def so_far(self) -> History:
        """The history followed by the collected rows."""
        return self._history.followed_by(self._rows())

    def _rows(self) -> Rows:
        """The collected rows as rows of the history."""
        rows: Rows = _rows_of([self], self.block[:, None])[0]
        return rows

    def _add(self, rows: Rows) -> None:
        self._history.add(rows)
        self._first, self.filled = self.step, 0
        self._extra.clear()
        self._norms.clear()

    def last_row(self, values: Mapping[str, float]) -> None:
        """Add the row after the last update: all columns but the given ones are null."""
        self.flush()
        row = nulls(1, len(self._history.columns))
        row[0, 0] = self._first
        for column, value in values.items():
            row[0, self._position[column]] = value
        self._history.add(row)


def flush_together(recorders: Sequence[Recorder], block: Rows) -> None:
    """Flush the recorders of a pack, which are at the same step; `block` is (BLOCK, recorders, scalars)."""
    if recorders and recorders[0].filled:
        for recorder, rows in zip(recorders, _rows_of(recorders, block), strict=True):
            recorder._add(rows)


def _rows_of(recorders: Sequence[Recorder], block: Rows) -> Rows:
    """The collected rows of several recorders, (recorders, steps, columns)."""
    one = recorders[0]
    steps, scalars = np.arange(one._first, one.step), block[: one.filled].swapaxes(0, 1)
    rates = np.stack([recorder._rates.learning_rates(one._first, one.filled) for recorder in recorders])
    with np.errstate(all="ignore"):
        norms = np.sqrt(scalars[..., 1:])
        for recorder, own in zip(recorders, norms, strict=True):
            for row, exact in recorder._norms.items():
                own[row : row + 1, : len(exact)] = exact
        table = one._watch.table(scalars[..., 0], norms, rates)
    unmeasured = steps % one._every != 0 if one._every else np.ones_like(steps, dtype=bool)
    table[:, unmeasured, 1:] = NULL
    rows = nulls(len(recorders), one.filled, len(one._history.columns))
    rows[..., 0] = steps
    rows[..., 1 : 1 + table.shape[-1]] = table
    rows[..., one._position[LEARNING_RATE]] = rates
    for recorder, own in zip(recorders, rows, strict=True):
        for row, values in recorder._extra.items():
            for column, value in values.items():
                own[row : row + 1, recorder._position[column]] = value  # the next row may not be there yet
    return rows
