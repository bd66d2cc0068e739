"""A table of the user's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ValidationInfo, field_validator

from runner.datasets.base import DatasetSettings, Listed, RawData, Standardize, mistake
from runner.datasets.files import Table, TableColumn, TableError, read_table
from runner.datasets.labels import Column, TaskChoice, class_name, encode_targets
from runner.errors import Problem, UserError, nearest
from runner.rng import Draws


def _listed(names: object) -> object:
    """One name is a list of one; a name that YAML took for a number is text."""
    if not isinstance(names, list | tuple):
        names = [names]
    return [str(name) if isinstance(name, int | float) and not isinstance(name, bool) else name for name in names]


Names = Annotated[tuple[str, ...], Listed, BeforeValidator(_listed)]


class TableSettings(DatasetSettings):
    """The columns of a CSV or Parquet file. Draws nothing."""

    name: Literal["table"] = "table"
    standardize: Standardize = "inputs"
    path: str
    targets: Names
    features: Names | None = None
    task: TaskChoice = "auto"
    separator: str = "auto"

    @field_validator("path", mode="before")
    @classmethod
    def _names_a_file(cls, path: object) -> object:
        if path is None:
            raise mistake("names no file: set dataset.path=data.csv (or .parquet)")
        return path

    @field_validator("targets", mode="before")
    @classmethod
    def _names_a_target(cls, targets: object) -> object:
        if targets is None or targets == []:
            raise mistake("names no column to predict: set 'dataset.targets=[price]'")
        return targets

    @field_validator("features")
    @classmethod
    def _are_not_targets(cls, features: Names | None, info: ValidationInfo) -> Names | None:
        both = sorted(set(features or ()) & set(info.data.get("targets", ())))
        if both:
            raise mistake(f"both a feature and a target: {', '.join(both)}")
        if features == ():
            raise mistake("names no column to learn from: null stands for all columns but the targets")
        return features

    @field_validator("separator")
    @classmethod
    def _separates(cls, separator: str) -> str:
        if not re.fullmatch(r"""auto|\t|[^\s\w"']""", separator):
            raise mistake("must be auto, or the character between two values: , ; | or a tab")
        return separator

    def generate(self, draws: Draws) -> RawData:
        """X and Y of the chosen columns, in the order of the file; one `UserError` with all that is wrong."""
        path = Path(self.path).expanduser()
        try:
            table = read_table(path, self.separator)
        except TableError as error:
            raise UserError(Problem("dataset.path", f"{path}: {error}", given=self.path)) from error
        features = self.features or tuple(name for name in table.columns if name not in self.targets)
        problems = _absent(table, "features", features) + _absent(table, "targets", self.targets)
        if not features:
            message = f"{path} has no columns but the targets"
            problems.append(Problem("dataset.features", message, given=self.features))
        for name in features:
            if name in table.columns:
                problems += _bad_cells(table, "features", name, text_too=True)
        for name in self.targets:
            if name in table.columns:
                problems += _bad_cells(table, "targets", name, text_too=self.task == "regression")
                problems += _mixed(table, name) if self.task == "auto" else []
        if problems:
            raise UserError(problems)
        Y, task, names = encode_targets({name: _column(table.columns[name]) for name in self.targets}, self.task)
        X = np.column_stack([table.columns[name].values for name in features])
        return RawData(X, Y, task, features, names)


def _absent(table: Table, key: str, names: tuple[str, ...]) -> list[Problem]:
    columns = list(table.columns)
    return [
        Problem(
            f"dataset.{key}",
            f"there is no column {name!r}",
            given=name,
            allowed=columns if len(columns) <= 30 else [*columns[:30], "..."],
            nearest=nearest(name, columns),
        )
        for name in names
        if name not in columns
    ]


def _bad_cells(table: Table, key: str, name: str, text_too: bool) -> list[Problem]:
    """Missing and infinite cells of a column, and text where only numbers will do."""
    cells = table.columns[name]
    problems = []
    if cells.missing.any():
        problems.append(Problem(f"dataset.{key}", f"column {name!r} has no value in {_where(table, cells.missing)}"))
    if cells.infinite.any():
        problems.append(Problem(f"dataset.{key}", f"column {name!r} is infinite in {_where(table, cells.infinite)}"))
    if text_too and cells.text.any():
        example = cells.texts[cells.text][0]
        message = f"column {name!r} holds text in {_where(table, cells.text)}: {str(example)!r}"
        if key == "features":
            message += "; make it a number, or name only columns of numbers in dataset.features"
        problems.append(Problem(f"dataset.{key}", message))
    return problems


def _mixed(table: Table, name: str) -> list[Problem]:
    """Text among numbers is a typo in a column of quantities, or an odd name for a class: only the user knows."""
    cells = table.columns[name]
    if not cells.text.any() or np.isnan(cells.values).all():
        return []
    example = cells.texts[cells.text][0]
    return [
        Problem(
            "dataset.targets",
            f"column {name!r} has numbers, but text in {_where(table, cells.text)}: {str(example)!r}; "
            "fix it, or set dataset.task=classes if these are labels",
        )
    ]


def _where(table: Table, bad: NDArray[np.bool_]) -> str:
    """The rows, the first few by number."""
    if bad.all():
        return f"every {table.unit}"
    rows = table.rows[bad]
    unit = table.unit if len(rows) == 1 else f"{table.unit}s"
    shown = [str(row) for row in rows[:5]]
    if len(rows) > 5:
        return f"{unit} {', '.join(shown)} and {len(rows) - 5} more"
    return f"{unit} {', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else f"{unit} {shown[0]}"


def _column(cells: TableColumn) -> Column:
    """Numbers, or text where any cell holds text."""
    if not cells.text.any():
        return cells.values
    names = [text or class_name(value) for text, value in zip(cells.texts.tolist(), cells.values, strict=True)]
    return np.array(names, dtype=np.str_)
