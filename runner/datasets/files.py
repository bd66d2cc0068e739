"""Tables as people keep them: CSV and Parquet, read into columns that remember where each cell stood.

CSV is read by the standard library and not by pandas: pandas takes 0.7 s to import, skips blank lines without
counting them and fills short lines with missing values, and the row that we name must be the line that an
editor shows.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.datasets.base import FloatArray
from runner.errors import nearest

# What people and programs write where a value is missing, in lower case.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "#n/a"})
SEPARATORS = ",;\t|"


class TableError(ValueError):
    """The file can't be read as a table; the message says why, without the file's name."""


@dataclass(frozen=True)
class TableColumn:
    """A column as it stands in the file: `values` (n,), NaN where `texts` holds text or nothing ("")."""

    values: FloatArray
    texts: NDArray[np.str_]

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where there is neither a number nor text."""
        return np.isnan(self.values) & ~self.text

    @property
    def text(self) -> NDArray[np.bool_]:
        """Where there is text that is no number."""
        return np.asarray(self.texts != "", dtype=np.bool_)

    @property
    def infinite(self) -> NDArray[np.bool_]:
        """Where there is an infinity."""
        return np.isinf(self.values)


@dataclass(frozen=True)
class Table:
    """Columns of equal length; `rows` (n,) are the numbers of their rows in the file, counted in `unit`s."""

    columns: dict[str, TableColumn]
    rows: NDArray[np.int64]
    unit: str


def read_table(path: Path, separator: str) -> Table:
    """The table in the file; `separator` (for CSV) may be "auto". Raises `TableError`."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise TableError(f"files ending in {path.suffix!r} can't be read; allowed: {', '.join(READERS)}")
    try:
        table = reader(path, separator)
    except FileNotFoundError:
        raise TableError(f"there is no such file{_neighbour(path)}") from None
    except OSError as error:
        raise TableError(error.strerror or str(error)) from error
    if not len(table.rows):
        raise TableError("the table has no rows")
    return table


def _neighbour(path: Path) -> str:
    """A file beside it with nearly its name."""
    names = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    guess = nearest(path.name, names)
    return f"; did you mean {str(path.with_name(guess))!r}?" if guess else ""


def _read_csv(path: Path, separator: str) -> Table:
    """Rows are lines of the file, the header being line 1."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if separator == "auto":
                separator = max(SEPARATORS, key=file.readline().count)
                file.seek(0)
            reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
            header = [name.strip() for name in next(reader, [])]
            records, lines, line = [], [], reader.line_num + 1
            for record in reader:
                if record:
                    records.append(record)
                    lines.append(line)
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise TableError(f"the text is not UTF-8 (byte {error.start})") from None
    except csv.Error as error:
        raise TableError(f"line {reader.line_num}: {error}") from None
    _check_names(header)
    for record, number in zip(records, lines, strict=True):
        if len(record) != len(header):
            raise TableError(f"line {number} has {len(record)} values, the header has {len(header)} names")
    columns = {name: _cells([record[i] for record in records]) for i, name in enumerate(header)}
    return Table(columns, np.array(lines, dtype=np.int64), "line")


def _read_parquet(path: Path, separator: str) -> Table:
    """Rows are counted from 1."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except pa.ArrowException as error:
        raise TableError(f"it can't be read as a Parquet file ({str(error).splitlines()[0]})") from error
    _check_names(table.column_names)
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            values = column.cast(pa.float64(), safe=False).to_numpy()
            columns[name] = TableColumn(values, np.full(len(values), "", dtype=np.str_))
        else:
            # str() of a date, a list or a boolean: what is no number is then named as the text that it is.
            columns[name] = _cells(["" if cell is None else _plain(cell) for cell in column.to_pylist()])
    return Table(columns, np.arange(1, table.num_rows + 1), "row")


READERS: dict[str, Callable[[Path, str], Table]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
}


def _check_names(names: list[str]) -> None:
    if not names:
        raise TableError("the file is empty")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise TableError(f"two columns have the same name: {', '.join(map(repr, repeated))}")


def _plain(cell: object) -> str:
    """Text of a cell; a boolean is a 0 or 1."""
    return str(int(cell)) if isinstance(cell, bool) else str(cell)


def _cells(texts: list[str]) -> TableColumn:
    values = np.full(len(texts), np.nan)
    words = [""] * len(texts)
    for i, raw in enumerate(texts):
        text = raw.strip()
        if text.lower() in MISSING:
            continue
        try:
            values[i] = float(text)
        except ValueError:
            words[i] = text
        else:
            # Python reads 1_000 as a thousand; in a table it is text.
            if "_" in text:
                values[i], words[i] = np.nan, text
    return TableColumn(values, np.array(words, dtype=np.str_))
