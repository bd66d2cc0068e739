"""The history of a run while it trains: one row of float64 a step, kept in memory and passed on in blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from runner.files.history import Rows, is_null, nulls
from runner.files.json_files import finite

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 3  # columns that its short form names
_QUALITIES = ("accuracy", "valid_accuracy", "r2", "valid_r2")


class History:
    """The rows so far; each new block of rows is also passed to `sink`, which may write it to the disk."""

    def __init__(self, columns: Sequence[str], sink: Callable[[Rows], None] | None = None) -> None:
        self.columns = tuple(columns)
        self._blocks: list[Rows] = []
        self._sink = sink

    def add(self, rows: Rows) -> None:
        """Append rows of (steps, columns)."""
        self._blocks.append(rows)
        if self._sink is not None:
            self._sink(rows)

    def begin_with(self, rows: Rows) -> None:
        """Start with rows, (steps, columns), that the sink has already."""
        self._blocks.insert(0, rows)

    def __repr__(self) -> str:
        more = ", ..." if len(self.columns) > _NAMED else ""
        return f"<history: {len(self):,} rows of {', '.join(self.columns[:_NAMED])}{more}>"

    def _repr_html_(self) -> str:
        """For notebooks: the first and last rows as a table."""
        return str(self.to_pandas().to_html(max_rows=10))

    def to_pandas(self) -> pd.DataFrame:
        """The whole history as a table with a row for each step; what was not measured is missing (NaN)."""
        import pandas as pd

        table = pd.DataFrame({name: self[name] for name in self.columns})
        return table.astype({"step": "int64"})

    def __len__(self) -> int:
        return sum(len(block) for block in self._blocks)

    def followed_by(self, rows: Rows) -> History:
        """A longer history; this one is unchanged."""
        longer = History(self.columns)
        longer._blocks = [*self._blocks, rows]
        return longer

    @property
    def rows(self) -> Rows:
        """All rows, (steps, columns)."""
        return np.concatenate(self._blocks) if self._blocks else nulls(0, len(self.columns))

    def __getitem__(self, column: str) -> Rows:
        """One column; nulls are NaN here."""
        k = self.columns.index(column)
        return np.concatenate([block[:, k] for block in self._blocks]) if self._blocks else np.empty(0)

    def nulls(self, column: str) -> NDArray[np.bool_]:
        """Where a column has no value."""
        k = self.columns.index(column)
        return np.concatenate([is_null(block[:, k]) for block in self._blocks]) if self._blocks else np.empty(0, bool)

    def last(self, column: str) -> float | None:
        """The last value of a column that is not null."""
        k = self.columns.index(column)
        for block in reversed(self._blocks):
            measured = block[~is_null(block[:, k]), k]
            if measured.size:
                return float(measured[-1])
        return None

    def final_values(self) -> dict[str, float | None]:
        """Loss and measures of the last row, or the last known ones, as summary.json holds them."""
        loss = self["loss"]
        values: dict[str, float | None] = {"loss": finite(float(loss[-1])) if len(loss) else None}
        for name in self._evaluated:
            values[name] = finite(self.last(name))
        return values

    def best_values(self) -> dict[str, float | int | None]:
        """The lowest losses and highest accuracies, and the step of the lowest loss."""
        return self.best_values_of(("loss", *self._evaluated))

    @property
    def _evaluated(self) -> list[str]:
        """The columns of what is computed at evaluations only."""
        return [name for name in ("valid_loss", *_QUALITIES) if name in self.columns]

    def best_values_of(self, names: Sequence[str]) -> dict[str, float | int | None]:
        """The best values of these columns and their steps: the lowest of a loss, the highest of an accuracy."""
        best: dict[str, float | int | None] = {}
        for name in names:
            pick = np.nanargmin if name.endswith("loss") else np.nanargmax
            values = np.where(np.isfinite(self[name]), self[name], np.nan)
            if np.isnan(values).all():
                best[name] = None
                continue
            where = int(pick(values))
            best[name] = float(values[where])
            best[f"{name}_step"] = int(self["step"][where])
        return best
