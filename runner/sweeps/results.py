"""What came of a sweep, as a table: a row a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.sweeps.files import Line, SweepFolder

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("loss", "valid_loss", "accuracy", "valid_accuracy", "test_loss", "test_accuracy")
FAILED = ("nan", "diverged", "failed")
_OTHERS = ("job", "outcome", "cause", "steps", "best_loss", "first_nonfinite_step", "seconds", "stopped", "reason")


def results(folder: Path) -> pd.DataFrame:
    """A row for each job of the sweep in `folder`, in their order; one that hasn't ended has no outcome.

    The columns: `job`, the swept keys, `outcome`, `cause`, `steps`, those of `MEASURES` that any job has, `best_loss`,
    `first_nonfinite_step`, `seconds`, `stopped`, `reused`, `reason`, `folder`. Raises `UserError` where the folder
    holds no sweep.
    """
    import pandas as pd

    sweep = SweepFolder(folder)
    keys = sweep.described["factors"]
    ended = {line["job"]: line for line in sweep.results()}
    jobs = sweep.jobs()
    rows = [_row(job, ended.get(job["job"]), list(keys)) for job in jobs]
    known = [name for name in MEASURES if any(row[name] is not None for row in rows)]
    columns = ["job", *swept_columns(keys), "outcome", "cause", "steps", *known, "best_loss", "first_nonfinite_step"]
    table = pd.DataFrame(rows, columns=[*columns, "seconds", "stopped", "reused", "reason", "folder"])
    for name in ("steps", "first_nonfinite_step"):
        table[name] = table[name].astype("Int64")
    for name in (*known, "best_loss", "seconds"):
        table[name] = table[name].astype("float64")
    for name in ("outcome", "cause", "stopped", "reason", "folder"):
        table[name] = table[name].astype("object")
    return table


def swept_columns(factors: Iterable[str]) -> list[str]:
    """The columns of swept keys: their names, but for those that a result has, too (`swept loss` beside `loss`)."""
    return [_column(key) for key in factors]


def _column(key: str) -> str:
    return f"swept {key}" if key in (*MEASURES, *_OTHERS) else key


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table of results; nothing is left half written."""
    partial = path.with_name(f"{path.name}.partial")
    table.to_parquet(partial, index=False)
    partial.replace(path)


def _row(job: Line, result: Line | None, keys: Sequence[str]) -> dict[str, Any]:
    ended: Mapping[str, Any] = result or {}
    final = ended.get("final", {})
    return {
        "job": job["job"],
        **{_column(key): _plain(job["swept"].get(key)) for key in keys},
        **{name: final.get(name) for name in MEASURES},
        **{name: ended.get(name) for name in ("outcome", "cause", "steps", "first_nonfinite_step", "seconds")},
        "best_loss": ended.get("best", {}).get("loss"),
        **{name: ended.get(name) for name in ("stopped", "reason")},
        "reused": bool(ended.get("reused", False)),
        "folder": job["folder"],
    }


def _plain(value: object) -> object:
    """A swept value as a cell: lists and mappings as the text that names them."""
    return str(value) if isinstance(value, (list, dict)) else value
