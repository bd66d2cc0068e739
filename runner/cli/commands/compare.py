"""Compare the runs of a sweep, of a folder, or of an MLflow experiment, as a table.

  whynan compare SWEEP_OR_EXPERIMENT [--metric NAME] [--sort KEY] [--limit N] [--all] [tracking.uri=...]
  whynan compare last --csv FILE --parquet FILE --markdown FILE

SWEEP is the folder of a sweep, the id of its MLflow run, or `last` for the newest. Runs of a sweep that differ only in
their seeds form a group, and the groups are ranked. Of an experiment, or a folder of runs, the settings in which the
runs differ are shown. How runs ended and their metrics come first; what is the same in all of them stands below the
table. --all shows every run of a sweep, and every column. The files hold every run. --metric says what to rank by,
--sort which column to sort by.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from runner.cli.arguments import Flags
from runner.cli.exit_codes import EXIT_DONE
from runner.cli.screen.sweep_summary import print_importance, ranked_first
from runner.cli.screen.tables import cells_of, print_all, print_table
from runner.cli.screen.terminal import messages, print_between_words, results
from runner.composition.overrides import split_overrides
from runner.composition.stores import store_of
from runner.errors import Problem, UserError, nearest
from runner.files.measures import HIGHER_IS_BETTER
from runner.sweeps.comparison import compare
from runner.sweeps.outcome_files import markdown
from runner.sweeps.ranking import METRICS, best_first, metric_of, ranking
from runner.sweeps.results import swept_columns, write_parquet
from runner.tracking.trackers import OUTPUTS

if TYPE_CHECKING:
    import pandas as pd

# The measures of runs that are missed most where a table is too wide; after them the settings that were varied.
_MISSED = ("loss", "accuracy", "r2", "valid_loss", "valid_accuracy", "valid_r2")
_WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "csv": lambda table, path: table.to_csv(path, index=False),
    "parquet": write_parquet,
    "markdown": lambda table, path: path.write_text("\n".join(markdown(table)) + "\n", encoding="utf-8"),
}


def main(arguments: list[str]) -> int:
    """Print the table, and write the files that are asked for."""
    parser = Flags()
    for name in (*_WRITERS, "metric", "sort"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--limit", type=_positive, default=50)
    parser.add_argument("--all", action="store_true")
    flags, rest = parser.split(arguments)
    words, overrides = split_overrides(rest)
    if len(words) != 1:
        raise UserError("compare what? `compare last`, the folder of a sweep, or the name of an MLflow experiment")
    compared = compare(words[0], store_of(overrides), OUTPUTS)
    known = [str(name) for name in compared.table.columns]
    metrics = [name for name in METRICS if name in known]
    metric = metric_of(compared.table) if flags.metric is None else _known(flags.metric, metrics, "--metric")
    runs = best_first(compared.table, metric) if metric in known else compared.table
    ranks = compared.is_sweep and not flags.all
    shown = _sorted(ranking(compared.table, metric) if ranks else runs, flags.sort)
    whole = _sorted(runs, flags.sort if flags.sort in known else None)
    for kind, write in _WRITERS.items():
        if getattr(flags, kind) is not None:
            _write(whole, kind, write, Path(getattr(flags, kind)))
    order = ranked_first(compared.table) if ranks else ["outcome", metric, *swept_columns(compared.table), *_MISSED]
    _print(shown.head(flags.limit), order, everything=flags.all)
    if ranks and results().is_terminal:
        print_importance(compared.table, metric)
    if len(shown) > flags.limit:
        messages().print(f"{len(shown) - flags.limit:,} more rows: --limit shows more", markup=False)
    return EXIT_DONE


def _print(table: pd.DataFrame, order: Sequence[str], *, everything: bool) -> None:
    """The table, of several rows without the columns in which all are the same: these stand below it."""
    columns = cells_of(table)
    if everything:
        print_all(columns)
        return
    first, *others = columns
    same = [name for name in others if len(table) > 1 and len(set(columns[name])) == 1]
    print_table({name: columns[name] for name in columns if name not in same}, [first, *order], "--all shows them")
    if alike := [f"{name} {columns[name][0]}" for name in same if columns[name][0]]:
        print_between_words(Text(f"the same in all: {', '.join(alike)}", style="dim"), messages())


def _sorted(table: pd.DataFrame, key: str | None) -> pd.DataFrame:
    """A table by one of its columns, the smallest first, but the highest accuracy; as it is without a key."""
    if key is None:
        return table
    key = _known(key, [str(name) for name in table.columns], "--sort")
    return table.sort_values(key, ascending=key not in HIGHER_IS_BETTER, kind="stable", na_position="last")


def _known(name: str, allowed: Sequence[str], flag: str) -> str:
    if name not in allowed:
        raise UserError(Problem(flag, f"no column {name!r}", allowed=allowed, nearest=nearest(name, allowed)))
    return name


def _write(table: pd.DataFrame, kind: str, write: Callable[[pd.DataFrame, Path], object], path: Path) -> None:
    try:
        write(table, path)
    except OSError as error:
        message = f"can't write there: {error.strerror or error}"
        raise UserError(Problem(f"--{kind}", message, given=str(path))) from error
    messages().print(f"{len(table):,} runs written to {path}", markup=False)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)
