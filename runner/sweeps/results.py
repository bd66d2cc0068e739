"""The results of a sweep as a table with a row per job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.errors import UserError
from runner.files.measures import MEASURES
from runner.files.names import JOBS, TABLE
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import AT_CHANCE, JobLine, SweepLine
from runner.tracking.content.run import as_text

if TYPE_CHECKING:
    import pandas as pd

# The outcomes in a table of runs that count as failures.
FAILED = ("nan", "diverged", "failed", AT_CHANCE)
_INTEGERS = ("steps", "first_nonfinite_step")
_NUMBERS = (*MEASURES, "best_loss", "seconds")
_TEXTS = ("outcome", "cause", "stopped", "reason", "folder")
_OURS = {"job", "reused", *_INTEGERS, *_NUMBERS, *_TEXTS}
_LARGEST = 2**63


def results(folder: Path) -> pd.DataFrame:
    """A row per job of the sweep in `folder`, in their order; a job that hasn't ended has no outcome.

    The columns: `job`, `outcome`, those of `MEASURES` that any job has, `cause`, the swept keys, `steps`, `best_loss`,
    `first_nonfinite_step`, `seconds`, `reused`, `stopped`, `reason`, `folder`. A swept key that has the name of another
    column (`steps`, or `loss` as a group) is called `swept steps`. Raises `UserError` where the folder holds no sweep.
    """
    import pandas as pd

    sweep = SweepFolder(folder)
    keys = sweep.record.factors
    ended = {line.job: line for line in sweep.results()}
    jobs = [job for _, job in sorted(sweep.jobs().items())]
    rows = [_row(job, ended.get(job.job)) for job in jobs]
    measured = [name for name in MEASURES if any(row[name] is not None for row in rows)]
    before = {"job": pd.Series([job.job for job in jobs], dtype="int64")}
    swept = {swept_column(key): typed([job.swept.get(key) for job in jobs]) for key in keys}
    ended_as, more = ["outcome", *measured, "cause"], ["steps", "best_loss", "first_nonfinite_step", "seconds"]
    more += ["reused", "stopped", "reason", "folder"]
    return pd.DataFrame({**before, **columns_of(rows, ended_as), **swept, **columns_of(rows, more)})


def table_in(folder: Path) -> pd.DataFrame:
    """The table of the sweep whose files, or those that MLflow has, are in `folder`.

    Raises `UserError` where there is none or it is invalid: a file from MLflow may be anybody's.
    """
    import pandas as pd
    import pyarrow as pa

    if (folder / JOBS).is_file():
        return results(folder)
    if not (folder / TABLE).is_file():
        raise UserError(f"the sweep's folder is not on this machine, and MLflow has no {TABLE} of it before its end")
    try:
        table = pd.read_parquet(folder / TABLE)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UserError(f"{folder / TABLE} is damaged: {error}") from error
    if not {"job", "outcome", "cause", "best_loss"} <= set(table.columns) or table.columns[0] != "job":
        raise UserError(f"{folder / TABLE} is damaged: it is not the table of a sweep")
    return table


def columns_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, pd.Series[Any]]:
    """Results of runs as typed columns."""
    import pandas as pd

    return {name: pd.Series([row[name] for row in rows], dtype=_dtype(name)) for name in names}


def swept_column(key: str) -> str:
    """The column of a setting: its key, with a prefix where a result has the same name (`swept loss`)."""
    return f"swept {key}" if key in _OURS else key


def swept_columns(table: pd.DataFrame) -> list[str]:
    """The columns of a table of results with the varied settings: neither the name of a row nor a result."""
    return [str(name) for name in table.columns[1:] if name not in _OURS]


def typed(values: Sequence[object]) -> pd.Series[Any]:
    """Values of the configuration as a column: numbers or booleans if all of them are, else their text in YAML."""
    import pandas as pd

    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return pd.Series(values, dtype="bool")
    if kinds == {int} and all(abs(value) < _LARGEST for value in values if isinstance(value, int)):
        return pd.Series(values, dtype="int64")
    if float in kinds and kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    return pd.Series([as_text(value) for value in values], dtype="object")


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table of results, completely or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    table.to_parquet(partial, index=False)
    partial.replace(path)


def _row(job: JobLine, result: SweepLine | None) -> dict[str, Any]:
    plain = ("cause", "steps", "first_nonfinite_step", "seconds", "stopped", "reason")
    return {
        "outcome": None if result is None else result.counted,
        **{name: None if result is None else getattr(result, name) for name in plain},
        **{name: None if result is None else result.final.get(name) for name in MEASURES},
        "best_loss": None if result is None else result.best.get("loss"),
        "reused": result is not None and result.reused,
        "folder": job.folder,
    }


def _dtype(name: str) -> Any:
    if name in _INTEGERS:
        return "Int64"
    return "float64" if name in _NUMBERS else "bool" if name == "reused" else "object"
